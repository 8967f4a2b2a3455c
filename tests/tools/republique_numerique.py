"""A real consultation as a site: « République numérique » (2015), 18 sections, 696 proposals, 3,994 arguments.

Call it with the folder of the data and the one for the site; `assises import` then takes its `import.jsonl`.
The data are not part of the project, and nothing of them is kept in it.
"""

from __future__ import annotations

import json
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

MINIMAL = Path(__file__).parents[1] / "sites" / "minimal"
LATEST = "2015-10-20T12:00"
"""An instant just after the end: when the site is to be looked at."""


def make(data: Path, root: Path) -> None:
    """Write the site, and beside its content the file to be imported."""
    shutil.copytree(MINIMAL, root)
    consultation = json.loads((data / "consultation.json").read_text(encoding="utf-8"))
    settings = (root / "site.yaml").read_text(encoding="utf-8")
    for old, new in (
        ("Assises de Villeneuve", consultation["name"]), ("2017-11-07", consultation["period"][0]),
        ("2017-12-10", consultation["period"][1]), ("2017-12-11", "2015-10-19"), ("2018-01-31", "2016-03-01"),
    ):  # fmt: skip
        settings = settings.replace(old, new)
    _write(root / "site.yaml", settings)
    for number, section in enumerate(consultation["sections"], 1):
        _section(root, number, section)
    rows = [*_proposals(data), *_arguments(data)]
    _write(root / "import.jsonl", "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))


def _section(root: Path, number: int, section: dict[str, str]) -> None:
    title = json.dumps(section["subtitle"], ensure_ascii=False)
    topic = (
        f"---\ntitle: {title}\norder: {number}\ncomments: false\n---\n{section['title']} du projet de loi.\n"
    )
    _write(root / "content" / "topics" / f"{section['id']}.md", topic)
    question = f"Que proposez-vous sur le sujet « {section['subtitle']} » ?"
    front = f"title: {json.dumps(question, ensure_ascii=False)}\ntopic: {section['id']}\naccepts: proposal\npositions: true"
    _write(
        root / "content" / "questions" / f"{section['id']}.md",
        f"---\n{front}\n---\nProposez, ou dites ce que vous en pensez.\n",
    )


def _proposals(data: Path) -> list[dict[str, str]]:
    return [
        {
            "kind": "proposal", "of": f"questions/{row['section']}", "time": _instant(row["date"]), "channel": "web",
            "text": f"**{row['title'].strip()}**\n\n{row['body']}".strip()[:19_000], "author": row["author"],
            "key": row["id"],
        }
        for row in _rows(data / "proposals.jsonl")
    ]  # fmt: skip


def _arguments(data: Path) -> list[dict[str, str]]:
    return [
        {
            "of": row["proposal"], "time": _instant(row["date"]), "channel": "web", "text": row["body"][:19_000],
            "author": row["author"], "position": row["position"],
        }
        for row in _rows(data / "arguments.jsonl")
    ]  # fmt: skip


def _rows(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _instant(written: str) -> str:
    return f"{datetime.fromisoformat(written).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    make(Path(sys.argv[1]), Path(sys.argv[2]))
