"""Pieces of the intake's pages. What was typed goes through `html.escape` here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape


def field(name: str, label: str, hint: str, control: str, errors: Mapping[str, str]) -> str:
    """Return a labelled field with its hint and what is wrong with it."""
    error = errors.get(name, "")
    message = f'<p class="error-message" id="{name}-error">{error}</p>' if error else ""
    css = "field field-error" if error else "field"
    hint = f'<p class="hint" id="{name}-hint">{hint}</p>'
    return f'<div class="{css}"><label for="{name}">{label}</label>{hint}{message}{control}</div>'


def described(name: str, errors: Mapping[str, str]) -> str:
    """Return the attributes that tie a control to its hint and to what is wrong with it."""
    if name in errors:
        return f' aria-invalid="true" aria-describedby="{name}-error {name}-hint"'
    return f' aria-describedby="{name}-hint"'


def hidden(values: Mapping[str, str]) -> str:
    """Return hidden fields."""
    return "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in values.items()
    )


def facts(facts: Iterable[tuple[str, str]]) -> str:
    """Return terms and values as a list of facts; nothing where there are none."""
    rows = "".join(f"<div><dt>{term}</dt><dd>{value}</dd></div>" for term, value in facts)
    return f'<dl class="facts">{rows}</dl>' if rows else ""


def words(text: str) -> str:
    """Return what was typed, as it was typed: Markdown is for the site to show."""
    paragraphs = (
        escape(part.strip("\n")).replace("\n", "<br>") for part in text.split("\n\n") if part.strip()
    )
    return (
        f'<blockquote class="words">{"".join(f"<p dir=auto>{part}</p>" for part in paragraphs)}</blockquote>'
    )


def in_textarea(text: str) -> str:
    """Return text for a textarea, which drops a newline that it begins with."""
    return "\n" + escape(text)


def breakable(text: str) -> str:
    """Return a long word that may break anywhere in steps."""
    return "<wbr>".join(escape(text[start : start + 16]) for start in range(0, len(text), 16))
