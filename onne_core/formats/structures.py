"""Atomic environments from structure files and trajectories, in any format ASE reads.

The parsers are ASE's and the files may be anybody's, so they are read in a process of
its own, with limits on file size, memory and time.
"""

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np
from ase import Atoms
from ase.io import iread
from ase.io.formats import UnknownFileTypeError
from ase.neighborlist import neighbor_list

from onne_core.confined import Limits, confined
from onne_core.errors import FormatError, JobError
from onne_core.formats.content import shown
from onne_core.values.structure import Cluster

Centres = Literal["auto", "every", "first"]
"""Absorbers that count: every one, the first of each frame, or by periodicity."""

MOST_BYTES_OF_STRUCTURES = 2 * 2**30
MOST_MEMORY = 7 * 2**30
"""Address space of the reading process beyond its libraries, bytes."""

LONGEST_READING = 600.0
"""Time after which reading is given up, s."""

MOST_ENVIRONMENTS = 100_000
SMALLEST_VOLUME = 1e-6
DENSEST = 1.0
"""Atoms per Å^3 beyond which the unit must be wrong; diamond has 0.18."""

LONGEST_REASON = 160
"""Characters of a foreign parser's message that are shown."""


def read_environments(
    path: Path, *, absorber: str, cutoff: float, centres: Centres = "auto"
) -> tuple[Cluster, ...]:
    """Return the environments of the absorbers in a structure file, frame by frame.

    Parameters
    ----------
    path
        A file in any format that ASE recognises, with one frame or many.
    absorber
        Chemical symbol of the absorber.
    cutoff
        Neighbours up to this distance are kept, Å; periodic images count.
    centres
        ``every`` absorber atom, the ``first`` of each frame, or ``auto``: every one
        of periodic frames, the first of frames that are not periodic.

    Returns
    -------
    tuple of Cluster
        Neighbours sorted by distance; their shell is -1 (unknown).

    Raises
    ------
    FormatError
        If the file is missing, empty, too large, or in no format that ASE reads; or
        a frame has no absorber, or an absorber no neighbour within ``cutoff``.
    """
    _check_file(path)
    limits = Limits(memory=MOST_MEMORY, seconds=LONGEST_READING)
    try:
        return confined(
            _read, path.absolute(), absorber, cutoff, centres, limits=limits
        )
    except FormatError as error:
        raise FormatError(f"{shown(path)}{error}") from error
    except JobError as error:
        raise FormatError(
            f"{shown(path)}: {error} The file is damaged or too large; keep fewer "
            "frames, or convert it to extended xyz."
        ) from error


def _check_file(path: Path) -> None:
    try:
        size = path.stat().st_size
    except OSError as error:
        raise FormatError(
            f"{shown(path)}: cannot be read ({error.strerror}); check the path."
        ) from error
    if not path.is_file():
        raise FormatError(
            f"{shown(path)}: not a file; give a structure file or trajectory."
        )
    if size == 0:
        raise FormatError(f"{shown(path)}: the file is empty.")
    if size > MOST_BYTES_OF_STRUCTURES:
        raise FormatError(
            f"{shown(path)}: {size / 2**30:.1f} GiB; at most "
            f"{MOST_BYTES_OF_STRUCTURES / 2**30:g} GiB can be read. Keep fewer frames."
        )


def _read(
    path: Path, absorber: str, cutoff: float, centres: Centres
) -> tuple[Cluster, ...]:
    """Read in the process of its own.

    The text of a refusal is what follows the file's name.
    """
    warnings.simplefilter("ignore")
    environments: list[Cluster] = []
    for number, atoms in enumerate(_frames(path), 1):
        try:
            environments += _environments(atoms, absorber, cutoff, centres)
        except FormatError as error:
            raise FormatError(f", frame {number}: {error}") from error
        if len(environments) > MOST_ENVIRONMENTS:
            raise FormatError(
                f", frame {number}: more than {MOST_ENVIRONMENTS} environments; "
                "keep fewer frames, or take the first absorber of each."
            )
    return tuple(environments)


def _frames(path: Path) -> Iterator[Atoms]:
    """Yield the frames of a file; whatever a parser raises becomes a FormatError."""
    count = 0
    try:
        for atoms in iread(str(path), index=":", do_not_split_by_at_sign=True):
            yield atoms
            count += 1
    except UnknownFileTypeError as error:
        raise FormatError(
            ": not a structure format that ASE recognises; use extended xyz, CIF, "
            "XDATCAR or another one, with its usual file name."
        ) from error
    except Exception as error:
        text = " ".join(str(error).split())[:LONGEST_REASON] or "no reason given"
        reason = text if text.isprintable() else ascii(text)
        raise FormatError(
            f", frame {count + 1}: cannot be read ({type(error).__name__}: "
            f"{reason}); check that the file is complete and its name matches its "
            "format."
        ) from error
    if count == 0:
        raise FormatError(": no frame found; check that the file is complete.")


def _environments(
    atoms: Atoms, absorber: str, cutoff: float, centres: Centres
) -> list[Cluster]:
    """Return the environments of the absorbers that count in one frame."""
    _check_frame(atoms)
    symbols = np.array(atoms.get_chemical_symbols())
    absorbers = np.flatnonzero(symbols == absorber)
    if absorbers.size == 0:
        found = ", ".join(sorted(set(symbols))) or "no atoms"
        raise FormatError(f"no {absorber}, only {found}; check the absorber.")
    if centres == "first" or (centres == "auto" and not atoms.pbc.any()):
        absorbers = absorbers[:1]
    try:
        first, second, offsets = neighbor_list("ijD", atoms, cutoff)
    except MemoryError as error:
        raise FormatError(
            f"too many neighbours within {cutoff:g} Å; check the cell and the unit (Å)."
        ) from error
    starts = np.searchsorted(first, [absorbers, absorbers + 1])
    for index, start, end in zip(absorbers, *starts, strict=True):
        if start == end:
            raise FormatError(
                f"{absorber} (atom {index + 1}) has no neighbours within {cutoff:g} Å; "
                "use a longer cutoff, and check the unit of the positions (Å)."
            )
    return [
        _cluster(absorber, symbols[second[start:end]], offsets[start:end])
        for start, end in zip(*starts, strict=True)
    ]


def _check_frame(atoms: Atoms) -> None:
    if not (np.isfinite(atoms.positions).all() and np.isfinite(atoms.cell.array).all()):
        raise FormatError("positions or cell are not finite; remove this frame.")
    empty = atoms.pbc & ~atoms.cell.array.any(axis=1)
    if empty.any() or (atoms.pbc.all() and atoms.cell.volume < SMALLEST_VOLUME):
        raise FormatError(
            "periodic, but its cell has no volume; give the cell, or pbc F F F."
        )
    if atoms.pbc.all() and len(atoms) > DENSEST * atoms.cell.volume:
        raise FormatError(
            f"{len(atoms) / atoms.cell.volume:.3g} atoms per Å^3; check the unit (Å)."
        )


def _cluster(absorber: str, elements: np.ndarray, positions: np.ndarray) -> Cluster:
    order = np.argsort(np.linalg.norm(positions, axis=1), kind="stable")
    return Cluster(
        absorber=absorber,
        elements=tuple(str(name) for name in elements[order]),
        shells=np.full(order.size, -1),
        positions=positions[order],
    )
