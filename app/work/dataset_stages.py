"""Listing of HDF5 files in its own process; imports no Qt."""

from dataclasses import dataclass, field
from pathlib import Path

from onne_core.formats.hdf5 import Dataset, Picked, guessed, layout_of
from onne_core.jobs import Progress, Stage


@dataclass(frozen=True)
class Layout:
    """Datasets of a file, and the roles their names suggest."""

    datasets: tuple[Dataset, ...] = field(repr=False)
    guess: Picked | None


def look_into(path: str) -> Stage[Layout]:
    """List the datasets of an HDF5 file."""
    yield Progress(0, 1, f"Reading {Path(path).name}")
    datasets = layout_of(Path(path))
    return Layout(datasets, guessed(datasets))
