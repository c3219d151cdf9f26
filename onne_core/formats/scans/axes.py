"""The energy axis of a table: eV, keV, or the angle of the monochromator."""

import logging
import re

import numpy as np
from jaxtyping import Float

from onne_core.errors import ColumnsUnclearError, FormatError
from onne_core.formats.columns import STEPS, Column, all_of, is_setpoint, plain_name
from onne_core.formats.content import shown
from onne_core.formats.text_table import TextTable

_LOG = logging.getLogger(__name__)

ENERGY_RANGE = (100.0, 200_000.0)
"""Energies of X-ray absorption edges, eV; a value below it is taken as keV."""

HC = 12_398.4198
"""Planck constant times speed of light, eV Å (CODATA 2018)."""

SILICON, GERMANIUM = 5.43102, 5.6578
"""Lattice constants of monochromator crystals, Å (CODATA 2018; NIST)."""

SPACINGS = (0.3, 10.0)
"""Plausible lattice spacings, Å."""

STEADY = 0.9
"""Least share of steps in one direction of an axis that has no name."""

_SPACING = re.compile(
    r"(?:.*\b|.*_)?(?:d[ _-]?spacing|(?:mono|monochromator)[._ ]d|2?d)"
    r"\s*(?:\([^)]*\))?\s*[:=]\s*(\d+\.\d+)",
    re.IGNORECASE,
)
_STEPS_PER_DEGREE = re.compile(
    r"\b(?:steps|pulses|counts)\s*(?:/|per)\s*deg(?:ree)?s?\.?\s*[:=]?\s*(\d+(?:\.\d*)?)",
    re.IGNORECASE,
)
MOST_STEPS = 1e7
"""Most steps of a motor or an encoder per degree."""

_D_EQUALS = re.compile(r"\bD\s*=\s*(\d\.\d+)\s*A", re.IGNORECASE)
_CRYSTAL = re.compile(
    r"\b(Si|Ge)\w*\s*\(?\s*([1-9])\s*([0-9])\s*([0-9])\b", re.IGNORECASE
)

Values = Float[np.ndarray, " e"]


def energies_in(table: TextTable, notes: list[str]) -> Values:
    """Return the energies (eV) of the rows of ``table``; ``notes`` gets what to say.

    Raises
    ------
    FormatError
        If they are none, or an angle comes without the spacing of the crystal.
    """
    columns = table.columns
    if "energy" not in columns and "angle" in columns:
        return _from_angle(table, notes)
    column = columns.get("energy")
    if column is not None and is_setpoint(column.label):
        measured = [
            one
            for one in all_of(list(table.labels), "energy")
            if not is_setpoint(one.label)
        ]
        column = measured[0] if measured else column
    energy = table.rows[:, column.index if column else 0]
    unit = column.unit if column else ""
    if unit == "keV" or (energy.max() < ENERGY_RANGE[0] and unit != "eV"):
        _LOG.info("%s: energies read as keV", shown(table.path))
        notes.append("energies read as keV")
        energy = np.round(1000.0 * energy, 6)
    elif unit == "eV" and energy.min() > 1.0 and energy.max() < ENERGY_RANGE[0]:
        notes.append("energies are named eV, but read as keV")
        energy = np.round(1000.0 * energy, 6)
    _refuse_outside(table, energy)
    if column is None:
        _refuse_unsteady(table, energy)
    return energy


def spacing_in(header: tuple[str, ...]) -> float | None:
    """Return the lattice spacing (Å) that ``header`` names, by number or by crystal."""
    for line in header[:500]:
        found = _SPACING.match(line[:500]) or _D_EQUALS.search(line[:500])
        if found and SPACINGS[0] < float(found[1]) < SPACINGS[1]:
            return float(found[1])
    for line in header[:500]:
        found = _CRYSTAL.search(line[:500])
        if found:
            constant = SILICON if found[1].lower() == "si" else GERMANIUM
            square = sum(int(index) ** 2 for index in found.groups()[1:])
            return constant / float(np.sqrt(square))
    return None


def _from_angle(table: TextTable, notes: list[str]) -> Values:
    column = table.columns["angle"]
    angle = np.abs(table.rows[:, column.index])
    spacing = spacing_in(table.header)
    steps = steps_per_degree_in(table.header) if _are_steps(column, angle) else None
    if steps is not None:
        notes.append(f"angles from {column.label} with {steps:g} steps per degree")
        angle = angle / steps
    elif _named_steps(column):
        raise ColumnsUnclearError(
            f"{shown(table.path)}: the scan is in steps of a motor, and the header "
            "does not say how many make a degree; choose columns with both: --columns "
            '"steps=1 per_degree=4000 d=3.1356 i0=2 itrans=3".'
        )
    elif "mdeg" in column.label.lower() or angle.max() > 1000.0:
        angle = 1e-3 * angle
    if spacing is None:
        raise ColumnsUnclearError(
            f"{shown(table.path)}: the scan is in angles, and the header names no "
            "lattice spacing; convert the column to energy in eV, or choose columns "
            'with the spacing in Å: --columns "angle=1 d=3.1356 i0=2 itrans=3".'
        )
    notes.append(f"energies from {column.label} with d = {spacing:g} Å")
    energy = energy_at(table, angle, spacing)
    _refuse_outside(table, energy)
    return energy


def steps_per_degree_in(header: tuple[str, ...]) -> float | None:
    """Return the steps of the monochromator per degree that ``header`` names."""
    for line in header[:500]:
        found = _STEPS_PER_DEGREE.search(line[:500])
        if found and 1.0 < float(found[1]) < MOST_STEPS:
            return float(found[1])
    return None


def _named_steps(column: Column) -> bool:
    return plain_name(column.label) in STEPS


def _are_steps(column: Column, angle: Values) -> bool:
    return _named_steps(column) or float(angle.max()) > 1000.0


def energy_at(table: TextTable, angle: Values, spacing: float) -> Values:
    """Return hc / (2 d sin(angle)) in eV; ``angle`` in degrees, ``spacing`` in Å.

    Raises
    ------
    FormatError
        If an angle is not one of a monochromator.
    """
    bad = np.flatnonzero((angle < 0.5) | (angle > 89.5))
    if bad.size:
        row = int(bad[0])
        raise FormatError(
            f"{table.place(row)}: {angle[row]:g} is no Bragg angle in degrees; convert "
            "the column to energy in eV."
        )
    return HC / (2.0 * spacing * np.sin(np.deg2rad(angle)))


def _refuse_outside(table: TextTable, energy: Values) -> None:
    outside = np.flatnonzero((energy < ENERGY_RANGE[0]) | (energy > ENERGY_RANGE[1]))
    if outside.size:
        row = int(outside[0])
        raise FormatError(
            f"{table.place(row)}: energy {energy[row]:g} eV is outside "
            f"{ENERGY_RANGE[0]:g} to {ENERGY_RANGE[1]:g} eV; give energies in eV, or "
            "name the column 'energy(keV)'."
        )


def _refuse_unsteady(table: TextTable, energy: Values) -> None:
    """Refuse a first column without a name that is no axis of a scan."""
    steps = np.diff(energy)
    steady = max((steps >= 0.0).mean(), (steps <= 0.0).mean())
    is_steps = steps.max() < 0.0 and np.all(energy == np.rint(energy))
    if is_steps and energy.max() > 60_000.0:
        raise ColumnsUnclearError(
            f"{shown(table.path)}: the first column falls and is no energy: steps of a "
            "motor? Choose columns with the steps per degree and the lattice spacing: "
            '--columns "steps=1 per_degree=4000 d=3.1356 i0=2 itrans=3".'
        )
    if steady < 0.6:
        row = int(np.flatnonzero(steps < 0.0)[0]) + 1
        raise ColumnsUnclearError(
            f"{table.place(row)}: energy must increase ({energy[row - 1]:g} eV is "
            f"followed by {energy[row]:g} eV); choose the column with the energy "
            "(--columns)."
        )
