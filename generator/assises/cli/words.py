"""Sentences of the command line in the machine's language; loaded by every command, so it loads little itself."""

from __future__ import annotations

import os

from assises.catalogues import language_of, sentences

translate = sentences(language_of(os.environ))


def _(text: str) -> str:
    """Return a sentence of the help in the machine's language; catalogues find it by this name."""
    return translate(text)
