"""List the text of the program, for a native ear: python -m tests.list_strings app."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def main(folders: list[str]) -> None:
    """Print each folder's strings that a person may see, then its docstrings."""
    for folder in folders:
        for title, listed in (("strings", strings_in), ("docstrings", docstrings_in)):
            print(f"# {folder}: {title}")
            for path in sorted(Path(folder).rglob("*.py")):
                for line, text in listed(ast.parse(path.read_text("utf-8"))):
                    print(f"{path}:{line}: {text}")


def strings_in(tree: ast.Module) -> list[tuple[int, str]]:
    """Return line and text of the literals that have a space or a capital."""
    return [
        (line, text.replace("\n", "\\n"))
        for line, text in _literals(tree)
        if " " in text.strip() or text != text.lower()
    ]


def docstrings_in(tree: ast.Module) -> list[tuple[int, str]]:
    """Return line and first line of the docstring of what is public."""
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, _DOCUMENTED):
            continue
        name = getattr(node, "name", "")
        text = ast.get_docstring(node)
        if text and not name.startswith("_"):
            found.append(
                (getattr(node, "lineno", 1), f"{name}: {text.splitlines()[0]}")
            )
    return found


def _literals(node: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield literals, a formatted one as a whole; docstrings and annotations not."""
    if isinstance(node, ast.JoinedStr):
        parts = (
            part.value if isinstance(part, ast.Constant) else f"{{{_source(part)}}}"
            for part in node.values
        )
        yield node.lineno, "".join(str(part) for part in parts)
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.lineno, node.value
        return
    for name, field in ast.iter_fields(node):
        if name in ("annotation", "returns"):
            continue
        for child in field if isinstance(field, list) else [field]:
            bare = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
            if isinstance(child, ast.AST) and not bare:
                yield from _literals(child)


def _source(part: ast.expr) -> str:
    return ast.unparse(part.value) if isinstance(part, ast.FormattedValue) else "?"


if __name__ == "__main__":
    main(sys.argv[1:])
