"""The themes that are shipped: one folder each, files only."""
