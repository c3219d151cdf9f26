"""No module imports itself by way of others, not even for its types."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("app", "onne_core", "evaluation")


def modules_of(*packages: str) -> dict[str, Path]:
    """Return the files of ``packages`` by the names of their modules."""
    files = [path for one in packages for path in ROOT.glob(f"{one}/**/*.py")]
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(
            ".__init__"
        ): path
        for path in files
    }


def imports_in(source: str, modules: dict[str, Path]) -> Iterator[str]:
    """Yield what ``source`` imports of ``modules``: anywhere, for types alone too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names if one.name in modules)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "relative imports are not followed here"
            for one in node.names:
                full = f"{node.module}.{one.name}"
                name = full if full in modules else node.module
                if name in modules:
                    yield name


def circle_in(graph: dict[str, set[str]]) -> list[str]:
    """Return the modules of a circle, the first one again at the end, or none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as found:
        return found.args[1]
    return []


def test_no_modules_import_each_other():
    modules = modules_of(*PACKAGES)
    assert len(modules) > 100
    graph = {
        name: set(imports_in(path.read_text("utf-8"), modules)) - {name}
        for name, path in modules.items()
    }
    assert circle_in(graph) == []


@pytest.mark.parametrize(
    "source",
    [
        "import app.frame.window",
        "from app.frame import window",
        "from app.frame.window import MainWindow",
        "def make():\n    from app.frame.window import MainWindow",
        "if TYPE_CHECKING:\n    from app.frame.window import MainWindow",
    ],
)
def test_every_kind_of_import_counts(source):
    modules = modules_of("app")
    graph = {
        "app.frame.window": {"app.look.theme"},
        "app.look.theme": set(imports_in(source, modules)),
    }
    assert set(circle_in(graph)) == {"app.frame.window", "app.look.theme"}
