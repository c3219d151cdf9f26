"""What files and folders are for: decided by their names, said in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from onne_core.ensemble import manifest
from onne_core.storage import is_project

Kind = Literal["project", "ensemble", "recipe", "known", "spectra"]
KNOWN_SUFFIX = ".gr.csv"


@dataclass(frozen=True)
class Arrival:
    """Paths that arrived together, and the sentence that says what will happen."""

    kind: Kind
    paths: tuple[Path, ...]
    sentence: str


def arrival_of(paths: Sequence[Path], *, has_work: bool = False) -> Arrival:
    """Return what to do with ``paths``.

    One project, ensemble, recipe or known g(r) is taken as such; anything else is
    tried as measured spectra. ``has_work`` says whether a project is open.
    """
    if len(paths) == 1:
        path = paths[0]
        kind = kind_of(path)
        if kind != "spectra":
            return Arrival(kind, tuple(paths), _sentence(kind, path, has_work=has_work))
    number = f"{len(paths)} spectra" if len(paths) > 1 else f"{paths[0].name}"
    return Arrival("spectra", tuple(paths), f"Add {number} to Analysis")


def kind_of(path: Path) -> Kind:
    """Return what one path is, by its name and, for a folder, what lies in it."""
    if is_project(path) or path.suffix == ".onne":
        return "project"
    if (path / manifest.FILE).is_file():
        return "ensemble"
    if path.suffix.lower() == ".json":
        return "recipe"
    return "known" if path.name.lower().endswith(KNOWN_SUFFIX) else "spectra"


def _sentence(kind: Kind, path: Path, *, has_work: bool) -> str:
    closing = " and close this one" if has_work else ""
    return {
        "project": f"Open project {path.stem}{closing}",
        "ensemble": f"Use the ensemble {path.name}",
        "recipe": f"Show the ranges of {path.name}",
        "known": f"Lay {path.name} over the selected spectrum",
        "spectra": f"Add {path.name} to Analysis",
    }[kind]
