"""Figures of the benchmarks: one number per name, a table, and build/bench.json."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table

from onne_core import files

FIGURES = Path(__file__).parents[2] / "build" / "bench.json"

Figure = Callable[..., None]


class Figures:
    """What the benchmarks of one run have measured, in their order."""

    def __init__(self) -> None:
        self.values: dict[str, float] = {}
        self.rows: list[tuple[str, str, str, str, str]] = []

    def add(self, name: str, value: float, *, wanted: str, note: str = "") -> None:
        """Note the number ``name``; ``wanted`` and ``note`` are for the table."""
        self.values[name] = float(value)
        load = f"{os.getloadavg()[0]:.1f}"
        self.rows.append((name, f"{value:.3g}", wanted, load, note))


@pytest.fixture(scope="session")
def figures() -> Iterator[Figures]:
    """Collect figures; at the end print the table and write the file."""
    collected = Figures()
    yield collected
    if not collected.rows:
        return
    table = Table("name", "measured", "wanted", "load", "how", title="Benchmarks")
    for row in collected.rows:
        table.add_row(*row)
    Console(width=120).print(table)
    FIGURES.parent.mkdir(exist_ok=True)
    files.write_json(FIGURES, collected.values)


@pytest.fixture
def figure(figures: Figures) -> Figure:
    """Return the function that notes a number: figure(name, value, wanted=, note=)."""
    return figures.add
