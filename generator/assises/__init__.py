"""Assises: public consultations from Markdown and YAML."""
