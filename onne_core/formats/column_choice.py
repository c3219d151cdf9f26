"""Columns of a table as somebody chose them: which make mu(E), and how.

A choice is good for all files of the same layout: the same number of columns with the
same names (:func:`layout_key`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float

from onne_core.digest import digest
from onne_core.errors import FormatError
from onne_core.formats.columns import quantity_of
from onne_core.formats.content import shown
from onne_core.formats.mu_columns import ENERGY_RANGE, FEWEST_ROWS
from onne_core.formats.scans.axes import HC, MOST_STEPS
from onne_core.formats.text_table import TextTable
from onne_core.values.spectrum import Absorption
from onne_core.values.treatment import SELF_ABSORPTION_WARNING

Kind = Literal["mu", "transmission", "fluorescence"]
Unit = Literal["eV", "keV", "angle"]
Role = Literal["energy", "mu", "i0", "itrans", "ifluor", "reference", "ignore"]

ROLES: tuple[Role, ...] = (
    "energy",
    "mu",
    "i0",
    "itrans",
    "ifluor",
    "reference",
    "ignore",
)

SILICON_111 = 3.1356
"""Lattice spacing of the most common monochromator crystal, Å."""

LARGEST_SHARE_REPEATED = 0.5
"""Most rows whose energy may repeat another one: beyond it, it is no energy."""

Row = Float[np.ndarray, " row"]


@dataclass(frozen=True)
class Columns:
    """Columns that make mu(E), by their numbers from 1 on; 0 for none.

    ``signals`` are summed: mu itself, transmitted intensities, or fluorescence
    channels, as ``kind`` says. ``reference`` is the detector behind the reference,
    which ``transmitted`` (or else ``i0``) shines on. An angle is that of the
    monochromator, in degrees or in steps of ``per_degree``, with planes ``spacing`` Å
    apart.
    """

    energy: int
    signals: tuple[int, ...]
    kind: Kind
    i0: int = 0
    reference: int = 0
    transmitted: int = 0
    unit: Unit = "eV"
    spacing: float = SILICON_111
    per_degree: float = 1.0

    @property
    def used(self) -> tuple[int, ...]:
        """Numbers of all columns that are read."""
        other = (self.i0, self.reference, self.transmitted)
        return (self.energy, *self.signals, *(one for one in other if one))


def columns_from_roles(
    roles: Sequence[Role],
    kind: Kind,
    unit: Unit = "eV",
    spacing: float = SILICON_111,
) -> Columns:
    """Return the columns that ``roles``, one for each column, name for ``kind``.

    Roles that are missing give 0, which :func:`problem_of` puts into words.
    """

    def first(role: Role) -> int:
        return roles.index(role) + 1 if role in roles else 0

    wanted: Role = {"mu": "mu", "transmission": "itrans", "fluorescence": "ifluor"}[
        kind
    ]  # type: ignore[assignment]
    return Columns(
        energy=first("energy"),
        signals=tuple(i for i, role in enumerate(roles, 1) if role == wanted),
        kind=kind,
        i0=0 if kind == "mu" else first("i0"),
        reference=first("reference"),
        transmitted=first("itrans"),
        unit=unit,
        spacing=spacing,
    )


def labels_of(table: TextTable) -> tuple[str, ...]:
    """Return a name for each column, those of the header where it has them."""
    given = table.labels or ("",) * table.width
    return tuple(label or f"column {number}" for number, label in enumerate(given, 1))


def layout_key(table: TextTable) -> str:
    """Return what files with the same columns have in common."""
    return digest(table.width, labels_of(table))[:32]


def roles_guessed(table: TextTable) -> tuple[Role, ...]:
    """Return the roles that names and numbers of the columns suggest."""
    known: dict[str, Role] = {
        "energy": "energy",
        "angle": "energy",
        "mu": "mu",
        "i0": "i0",
        "itrans": "itrans",
        "ifluor": "ifluor",
        "reference": "reference",
    }
    roles: list[Role] = []
    for label in labels_of(table):
        role = known.get(quantity_of(label), "ignore")
        once = role != "ifluor" and role in roles
        roles.append("ignore" if once else role)
    if "energy" not in roles:
        roles[_likeliest_energy(table)] = "energy"
    return tuple(roles)


def unit_guessed(table: TextTable, energy: int) -> Unit:
    """Return the likely unit of column number ``energy``."""
    label, values = labels_of(table)[energy - 1], table.rows[:, energy - 1]
    if quantity_of(label) == "angle" or (_falls(values) and values.max() < 90.0):
        return "angle"
    return "keV" if values.max() < ENERGY_RANGE[0] else "eV"


def problem_of(table: TextTable, columns: Columns) -> str:
    """Return what is wrong with ``columns`` of ``table``, "" if nothing is."""
    if any(not 0 <= one <= table.width for one in columns.used):
        return f"The file has {table.width} columns"
    if not columns.energy:
        return "Choose the column with the energy"
    if not columns.signals:
        wanted = {
            "mu": "μ",
            "transmission": "the transmitted intensity (It)",
            "fluorescence": "the fluorescence (If)",
        }
        return f"Choose the column with {wanted[columns.kind]}"
    if columns.kind != "mu" and not columns.i0:
        return "Choose the column with the incident intensity (I0)"
    if len(set(columns.used)) < len(columns.used) - (
        columns.transmitted in columns.signals
    ):
        return "A column has two roles"
    try:
        absorption_in(table, columns)
    except FormatError as error:
        text = str(error).removeprefix(shown(table.path)).lstrip(":, ").rstrip(".")
        return f"{text[:1].upper()}{text[1:]}"
    return ""


def absorption_in(table: TextTable, columns: Columns) -> Absorption:
    """Return mu(E) of ``columns``; rows are sorted, and repeated energies averaged.

    Raises
    ------
    FormatError
        If an energy is none, an intensity is not positive, or mu is constant.
    """
    if len(table.rows) < FEWEST_ROWS:
        raise FormatError(
            f"{shown(table.path)}: only {len(table.rows)} rows; mu(E) needs at least "
            f"{FEWEST_ROWS}; give the whole scan."
        )
    if not columns.signals or max(columns.used) > table.width:
        raise FormatError(
            f"{shown(table.path)}: it has {table.width} columns, not those that were "
            "chosen; choose its columns."
        )
    energy = _energies(table, columns)
    mu = _mu(table, columns)
    reference = _reference(table, columns)
    single, place, count = np.unique(energy, return_inverse=True, return_counts=True)
    if single.size < LARGEST_SHARE_REPEATED * energy.size:
        raise FormatError(
            f"{shown(table.path)}: column {columns.energy} has only {single.size} "
            f"different values in {energy.size} rows; choose the energy."
        )

    def mean(values: Row) -> Float[np.ndarray, " single"]:
        return np.bincount(place, weights=values) / count

    result = Absorption(
        energy=single,
        mu=mean(mu),
        element=table.fields.get("element.symbol", "").capitalize(),
        edge=table.fields.get("element.edge", "").upper(),
        name=shown(table.path.with_suffix("")),
        source=str(table.path),
        reference=None if reference is None else mean(reference),
        notes=_notes(table, columns),
    )
    if np.ptp(result.mu) == 0.0:
        raise FormatError(
            f"{shown(table.path)}: mu is {result.mu[0]:g} in every row; choose "
            "another column."
        )
    return result


def _notes(table: TextTable, columns: Columns) -> tuple[str, ...]:
    """Return which columns were taken, and what to mind."""
    labels = labels_of(table)
    taken = f"mu = {formula_of(columns, labels)}, energy {labels[columns.energy - 1]}"
    own = [f"{taken}, as chosen"]
    if columns.kind == "fluorescence":
        own.append(SELF_ABSORPTION_WARNING)
    return (*table.notes, *own)


def columns_in(text: str) -> Columns:
    """Return the columns that ``text`` names: "energy=1 i0=3 ifluor=5+6+7".

    Numbers count from 1. ``angle=1 d=3.1356`` stands for a scan by angle, ``steps=1
    per_degree=4000 d=3.1356`` for one by steps of a motor, ``keV=1``
    for energies in keV; ``reference=N`` is the detector behind a reference.

    Raises
    ------
    FormatError
        If it is not understood.
    """
    words = [word.partition("=") for word in text.replace(",", " ").split()]
    given = {name.lower(): value for name, _, value in words}
    known = {"energy", "ev", "kev", "angle", "steps", "d", "per_degree", "mu", "i0",
             "itrans", "ifluor", "reference"}  # fmt: skip
    axes = [n for n in ("energy", "ev", "kev", "angle", "steps") if n in given]
    signals = [name for name in ("mu", "itrans", "ifluor") if name in given]
    if (
        set(given) - known
        or len(given) < len(words)
        or len(axes) != 1
        or ("steps" in given) != ("per_degree" in given)
        or (len(signals) != 1 or ("i0" in given) == ("mu" in given))
    ):
        raise FormatError(
            f'"{text}": name columns by numbers from 1 on, such as "energy=1 i0=2 '
            'itrans=3", "energy=1 i0=3 ifluor=5+6+7", "energy=1 mu=2" or "angle=1 '
            'd=3.1356 i0=2 itrans=3".'
        )
    kinds: dict[str, Kind] = {
        "mu": "mu", "itrans": "transmission", "ifluor": "fluorescence"
    }  # fmt: skip
    units: dict[str, Unit] = {"kev": "keV", "angle": "angle", "steps": "angle"}
    try:
        spacing = float(given.get("d", SILICON_111))
        per_degree = float(given.get("per_degree", 1.0))
        if not 1.0 <= per_degree <= MOST_STEPS:
            raise ValueError(f"{per_degree:g} steps per degree are not usual")
        return Columns(
            energy=_number(given[axes[0]]),
            signals=tuple(map(_number, given[signals[0]].split("+"))),
            kind=kinds[signals[0]],
            i0=_number(given["i0"]) if "i0" in given else 0,
            reference=_number(given["reference"]) if "reference" in given else 0,
            unit=units.get(axes[0], "eV"),
            spacing=spacing if 0.3 < spacing < 20.0 else float("nan"),
            per_degree=per_degree,
        )
    except ValueError as error:
        raise FormatError(
            f'"{text}": {error}; columns are numbers from 1 on, d is in Å.'
        ) from error


def _number(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ValueError(f"{text[:20]!a} is not the number of a column")
    return int(text)


def formula_of(columns: Columns, labels: Sequence[str]) -> str:
    """Return in words how ``columns`` make mu(E)."""
    names = [labels[number - 1] for number in columns.signals]
    signal = " + ".join(names) or "?"
    if columns.kind == "mu":
        return signal
    i0 = labels[columns.i0 - 1] if columns.i0 else "?"
    if columns.kind == "transmission":
        return f"ln({i0} / {signal})"
    return f"({signal}) / {i0}" if len(names) > 1 else f"{signal} / {i0}"


def _energies(table: TextTable, columns: Columns) -> Row:
    """Return the energies of the rows, eV."""
    values = table.rows[:, columns.energy - 1]
    unit = columns.unit
    if unit == "eV" and values.min() > 1.0 and values.max() < ENERGY_RANGE[0]:
        unit = "keV"
    if unit == "angle":
        sine = np.sin(np.deg2rad(np.abs(values) / columns.per_degree))
        energy = HC / (2.0 * columns.spacing * np.maximum(sine, 1e-9))
    else:
        energy = values * (1000.0 if unit == "keV" else 1.0)
    outside = np.flatnonzero((energy < ENERGY_RANGE[0]) | (energy > ENERGY_RANGE[1]))
    if outside.size:
        row = int(outside[0])
        raise FormatError(
            f"{table.place(row)}: {values[row]:g} is no energy in {unit} "
            f"between {ENERGY_RANGE[0]:g} and {ENERGY_RANGE[1]:g} eV; choose another "
            "column or unit."
        )
    return energy


def _mu(table: TextTable, columns: Columns) -> Row:
    numbers = [number - 1 for number in columns.signals]
    signal = table.rows[:, numbers].sum(axis=1)
    if columns.kind == "mu":
        return signal
    i0 = _positive(table, columns.i0)
    if columns.kind == "fluorescence":
        return signal / i0
    dark = np.flatnonzero(signal <= 0.0)
    if dark.size:
        row = int(dark[0])
        raise FormatError(
            f"{table.place(row)}: the transmitted intensity is {signal[row]:g}; it "
            "must be positive for a logarithm."
        )
    return np.log(i0 / signal)


def _reference(table: TextTable, columns: Columns) -> Row | None:
    """Return mu of the reference, ``None`` without one or if it has been dark."""
    before = columns.transmitted or columns.i0
    if not columns.reference or not before:
        return None
    pair = table.rows[:, [before - 1, columns.reference - 1]]
    if (pair <= 0.0).any():
        return None
    return np.log(pair[:, 0] / pair[:, 1])


def _positive(table: TextTable, number: int) -> Row:
    """Return the column ``number``, intensities that must be positive."""
    values = table.rows[:, number - 1]
    dark = np.flatnonzero(values <= 0.0)
    if dark.size:
        row = int(dark[0])
        raise FormatError(
            f"{table.place(row)}: I0 is {values[row]:g}; it must be positive; remove "
            "the row, or choose another column."
        )
    return values


def _likeliest_energy(table: TextTable) -> int:
    """Return the index of the column that rises or falls most steadily."""
    steps = np.diff(table.rows, axis=0)
    steady = np.maximum((steps > 0.0).mean(axis=0), (steps < 0.0).mean(axis=0))
    return int(np.argmax(steady))


def _falls(values: Row) -> bool:
    return bool((np.diff(values) < 0.0).mean() > 0.9)
