"""Where the pages go, written into site.yaml, and nothing else in it touched."""

from __future__ import annotations

import json
import re

from assises import tree
from assises.settings_reader import SITE

_VALUE = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s#](?:[^\n#]|(?<!\s)#)*(?<=\S)""")


def moved(text: str, target: str) -> str:
    """Return site.yaml's text with another ``deploy.to``; whatever else stands in it stays as it is written."""
    lines = text.splitlines(keepends=True)
    node, _problems = tree.parse(text, SITE)
    entries = {entry.key: entry for entry in node.entries} if isinstance(node, tree.Mapping) else {}
    written = json.dumps(target, ensure_ascii=False)
    block = entries.get("deploy")
    if block is None or not isinstance(block.value, tree.Mapping) or not block.value.entries:
        return f"{text.rstrip()}\n\ndeploy:\n  to: {written}\n"
    to = next((entry for entry in block.value.entries if entry.key == "to"), None)
    if to is None:
        first = block.value.entries[0].at
        lines.insert(first.line - 1, f"{' ' * (first.column - 1)}to: {written}\n")
        return "".join(lines)
    at = to.value.at
    line = lines[at.line - 1]
    before, after = line[: at.column - 1], line[at.column - 1 :]
    lines[at.line - 1] = before + _VALUE.sub(lambda _found: written, after, count=1)
    return "".join(lines)
