"""Pipeline: the crystal in a file, read away from the window's process."""

from pathlib import Path

from onne_core.jobs import Progress, Stage
from onne_core.proposals.structure_file import CrystalFile, read_crystal


def read_crystal_file(path: str) -> Stage[CrystalFile]:
    """Return the crystal in the file ``path``.

    Raises
    ------
    FormatError
        If there is none that can be read.
    """
    yield Progress(0, 1, f"Reading {Path(path).name}")
    return read_crystal(Path(path))
