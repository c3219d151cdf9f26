"""Kinds of files and folders, recognised by name and described in words."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from onne_core import files
from onne_core.bundle import manifest
from onne_core.storage import PROJECT_FILE, SUFFIX, is_archive, is_project

Kind = Literal[
    "project", "ensemble", "recipe", "structure", "spectra", "known", "standard"
]

KINDS: tuple[Kind, ...] = (
    "project",
    "ensemble",
    "recipe",
    "structure",
    "spectra",
    "known",
    "standard",
)
"""What can arrive, in the order in which it is taken in."""
KNOWN_SUFFIX = ".gr.csv"
STANDARD_SUFFIX = ".standard.json"
STANDARD_MARK = b'"onne-standard"'
"""What stands near the beginning of a standard, whatever its name."""

BEGINNING = 200
MEASURED = (".chi", ".chik", ".dat", ".fio", ".larix", ".nor", ".prj", ".spec", ".txt",
            ".xdi", ".xmu")  # fmt: skip
STRUCTURE_SUFFIXES = (".cif", ".xyz", ".extxyz", ".vasp", ".pdb", ".traj")
STRUCTURE_NAMES = ("poscar", "contcar", "xdatcar")


Arrivals = dict[Kind, tuple[Path, ...]]
"""Paths that arrived together, by their kinds, in the order in which they are taken."""


def arrivals_of(paths: Sequence[Path]) -> Arrivals:
    """Return ``paths`` grouped by kind.

    Anything unrecognised is tried as a measured spectrum.
    """
    found: dict[Kind, list[Path]] = {}
    for path in paths:
        found.setdefault(kind_of(path), []).append(path)
    return {kind: tuple(found[kind]) for kind in KINDS if kind in found}


def sentence_of(arrivals: Arrivals, *, has_work: bool = False) -> str:
    """Return one sentence that says what will happen to ``arrivals``, in order.

    Only one project, system, structure, known g(r) or standard can be opened,
    the first; the sentence says how many are ignored. ``has_work`` says whether a
    project is open.
    """
    first, *others = (
        _said(kind, paths, has_work=has_work) for kind, paths in arrivals.items()
    )
    return first + "".join(f", then {_small(other)}" for other in others)


def kind_of(path: Path) -> Kind:
    """Return the kind of a path, by its name and, for a folder, its content."""
    name = path.name.lower()
    is_structure = name.endswith(STRUCTURE_SUFFIXES) or name.startswith(STRUCTURE_NAMES)
    if name.endswith(MEASURED) and not is_structure and not files.is_folder(path):
        return "spectra"  # thousands may be dropped together: one look at each
    if is_project(path) or name.endswith(SUFFIX) or is_archive(path):
        return "project"
    if name == PROJECT_FILE:
        return "project"
    if files.is_file(path / manifest.FILE):
        return "ensemble"
    if name.endswith(".json"):
        return "standard" if _is_standard(path) else "recipe"
    if is_structure:
        return "structure"
    return "known" if name.endswith(KNOWN_SUFFIX) else "spectra"


def _is_standard(path: Path) -> bool:
    if path.name.lower().endswith(STANDARD_SUFFIX):
        return True
    if not files.is_file(path):
        return False  # a pipe would be waited for without end
    try:
        with path.open("rb") as file:
            return STANDARD_MARK in file.read(BEGINNING)
    except OSError:
        return False  # what cannot be read is refused when it is opened


def _said(kind: Kind, paths: tuple[Path, ...], *, has_work: bool) -> str:
    closing = " and close this one" if has_work else ""
    first = paths[0]
    spectra = first.name if len(paths) == 1 else f"{len(paths)} spectra"
    said = {
        "project": f"Open project {first.name.split('.onne')[0]}{closing}",
        "ensemble": f"Use the ensemble {first.name}",
        "recipe": f"Show the ranges of {first.name}",
        "structure": f"Take ranges from {first.name}",
        "spectra": f"Add {spectra} to Analysis",
        "known": f"Compare {first.name} with the selected spectrum",
        "standard": f"Correct with the standard {first.name}",
    }[kind]
    left = 0 if kind == "spectra" else len(paths) - 1
    return f"{said} (one at a time; {left} more ignored)" if left else said


def _small(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]
