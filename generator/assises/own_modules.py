"""Which files of ours a program needs: its imports, followed through the sources without running them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path


def own_modules(roots: Iterable[str], packages: Mapping[str, Path]) -> dict[str, Path]:
    """Return every module that `roots` load, at their start or later on, and its file.

    Args:
        roots: dotted names.
        packages: the packages that are followed, and their folders; what is imported from others is left out.
    """
    found: dict[str, Path] = {}
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name in found or (file := _file(name, packages)) is None:
            continue
        found[name] = file
        parents = name.split(".")[:-1]
        waiting += [".".join(parents[:count]) for count in range(1, len(parents) + 1)]
        waiting += _imported(ast.parse(file.read_bytes()))
    return dict(sorted(found.items()))


def _file(name: str, packages: Mapping[str, Path]) -> Path | None:
    package, *parts = name.split(".")
    if package not in packages:
        return None
    place = packages[package].joinpath(*parts)
    candidates = (place / "__init__.py", place.with_suffix(".py"))
    return next((file for file in candidates if file.is_file()), None)


def _imported(node: ast.AST) -> Iterator[str]:
    """Yield the names that a module may import, those of things within modules too; not what only types need."""
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.Import():
                yield from (alias.name for alias in child.names)
            case ast.ImportFrom(module=str(module), level=0):
                yield module
                yield from (f"{module}.{alias.name}" for alias in child.names)
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                for other in child.orelse:
                    yield from _imported(other)
            case _:
                yield from _imported(child)
