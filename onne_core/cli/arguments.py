"""Values of the arguments that users write on the command line."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from onne_core.errors import DefinitionError, OnneError

AUTOMATIC = "auto"

LARGEST_E0_SHIFT = 100.0
"""Beyond it (eV) it is an absolute energy or a slip."""

LARGEST_S02 = 3.0

ASSUMED_SHARE = 0.05
"""Relative standard deviation of S0^2 where none is given."""


@Parameter(name="*")
@dataclass(frozen=True)
class Changes:
    """Changes of a recipe by the command line; ``None`` leaves a value unchanged.

    Parameters
    ----------
    macrostates
        Number of macrostates.
    microstates
        Microstates averaged per macrostate.
    seed
        Random seed.
    engine
        Engine that computes the spectra: onne uses phases from one FEFF8L run per
        system (or per environment of given structures); feff runs the FEFF8L
        executables for every cluster.
    keep_microstates
        Also store the spectrum and pair lengths of every single microstate.
    reference
        Structure file whose first absorber and its surroundings give the phases of a
        system; by default the program chooses a cluster.
    """

    macrostates: int | None = None
    microstates: int | None = None
    seed: int | None = None
    engine: Literal["onne", "feff"] | None = None
    keep_microstates: bool | None = None
    reference: Path | None = None


@Parameter(name="*")
@dataclass(frozen=True)
class Reduced:
    """How measured files are read and reduced; ``None`` is automatic.

    Parameters
    ----------
    columns
        Columns of tables by numbers from 1 on, such as "energy=1 i0=3 ifluor=5+6+7",
        "energy=1 mu=2" or "angle=1 d=3.1356 i0=2 itrans=3"; channels are summed.
    dataset
        Datasets of HDF5 files by their paths, such as "energy=/scan/energy
        mu=/scan/mu" or "energy=/a i0=/b ifluor=/c".
    spectrum
        Name of the only group, scan or spectrum to take of files with several.
    e0_edge
        Energy of k = 0 in eV, absolute; --e0 is a shift of it.
    rbkg
        Distance below which oscillations are background, Å.
    kweight
        Power of k of the background fit.
    norm_range
        Ends of the post-edge curve in eV above E0, such as 150:800.
    self_absorption
        Thick sample whose fluorescence is corrected: formula with the matrix, and the
        angles of beam and detector with the surface in degrees, such as "Fe2O3 45 45".
    """

    columns: str | None = None
    dataset: str | None = None
    spectrum: Annotated[str, Parameter(name=("--spectrum", "--group"))] = ""
    e0_edge: float | None = None
    rbkg: float | None = None
    kweight: int | None = None
    norm_range: str | None = None
    self_absorption: str | None = None


def ends_of(text: str | None) -> tuple[float, float] | None:
    """Return the two ends in ``text``, LOW:HIGH.

    Raises
    ------
    OnneError
        If they are no rising numbers.
    """
    if text is None:
        return None
    low, _, high = text.partition(":")
    try:
        ends = float(low), float(high)
    except ValueError:
        ends = 0.0, 0.0
    if not ends[0] < ends[1]:
        raise OnneError(f"--norm-range {text}: give LOW:HIGH in eV, such as 150:800.")
    return ends


def thick_sample_of(text: str | None) -> tuple[str, float, float] | None:
    """Return formula and angles (degrees) in ``text``, "FORMULA IN OUT".

    Raises
    ------
    OnneError
        If they are none.
    """
    if text is None:
        return None
    from onne_core.values.treatment import SelfAbsorption  # brings numpy along

    formula, *angles = text.split()[:4] or [""]
    try:
        angle_in, angle_out = map(float, angles)
        sample = SelfAbsorption(formula, angle_in, angle_out, e0=0.0)
    except (ValueError, DefinitionError) as error:
        raise OnneError(
            f"--self-absorption {text}: give the formula and the angles of beam and "
            'detector with the surface, 1 to 90°, such as "Fe2O3 45 45".'
        ) from error
    return sample.formula, sample.angle_in, sample.angle_out


def e0_of(text: str) -> float | None:
    """Return the E0 shift (eV) in ``text``, ``None`` if it is automatic.

    Raises
    ------
    OnneError
        If it is no number or too large.
    """
    if text == AUTOMATIC:
        return None
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not abs(value) <= LARGEST_E0_SHIFT:
        raise OnneError(
            f"--e0 {text}: give a shift of -{LARGEST_E0_SHIFT:g} to "
            f"{LARGEST_E0_SHIFT:g} eV, or {AUTOMATIC}."
        )
    return value


def s02_of(text: str) -> tuple[float, float] | None:
    """Return S0^2 and its standard deviation, ``None`` if automatic.

    Raises
    ------
    OnneError
        If ``text`` is neither VALUE nor VALUE+-STD, or out of range.
    """
    if text == AUTOMATIC:
        return None
    value, separator, std = text.replace("±", "+-").partition("+-")
    try:
        number = float(value)
        deviation = float(std) if separator else ASSUMED_SHARE * number
    except ValueError:
        number, deviation = float("nan"), float("nan")
    if not 0.0 < number <= LARGEST_S02 or not 0.0 <= deviation < number:
        raise OnneError(
            f"--s02 {text}: give VALUE or VALUE+-STD, such as 0.85+-0.05, "
            f"or {AUTOMATIC}."
        )
    return number, deviation


def stems_of(paths: Sequence[Path]) -> list[str]:
    """Return one output name per path; equal names get their suffix, then a number.

    Names that differ in case only are equal on some file systems.
    """
    stems: list[str] = []
    taken: set[str] = set()
    for path in paths:
        candidates = [path.stem, path.name.replace(".", "_")]
        candidates += [f"{path.stem}_{i}" for i in range(2, len(paths) + 2)]
        stems.append(next(name for name in candidates if name.lower() not in taken))
        taken.add(stems[-1].lower())
    return stems
