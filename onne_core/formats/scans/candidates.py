"""The ways to mu(E) that the columns of a table offer, and the choice of one."""

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float

from onne_core.formats.columns import (
    FLUORESCENCE_MU,
    NORMALISED,
    Column,
    all_of,
    plain_name,
    quantity_of,
)
from onne_core.formats.text_table import TextTable
from onne_core.values.edge_position import edge_quality

BETTER_BY = 2.0
"""Factor in edge step to noise by which fluorescence must be better than transmission,
which has no self-absorption."""

Kind = Literal["mu", "transmission", "fluorescence"]
Values = Float[np.ndarray, " e"]


@dataclass(frozen=True)
class Candidate:
    """One way to mu: ``signals`` are summed; ``i0`` is ``None`` for mu itself."""

    kind: Kind
    signals: tuple[Column, ...]
    i0: Column | None = None

    @property
    def formula(self) -> str:
        """The formula in words, such as ln(i0/itrans)."""
        names = [column.label for column in self.signals]
        if len(names) > 4:
            names = [*names[:2], "...", names[-1]]
        signal = "+".join(names)
        if self.i0 is None:
            return signal
        if self.kind == "transmission":
            return f"ln({self.i0.label}/{signal})"
        return (
            f"({signal})/{self.i0.label}"
            if "+" in signal
            else (f"{signal}/{self.i0.label}")
        )

    @property
    def option(self) -> str:
        """The option of the command line that takes this candidate."""
        numbers = "+".join(str(column.index + 1) for column in self.signals)
        if self.i0 is None:
            return f"mu={numbers}"
        name = "itrans" if self.kind == "transmission" else "ifluor"
        return f"i0={self.i0.index + 1} {name}={numbers}"

    @property
    def is_normalised(self) -> bool:
        """Whether the edge step is 1 by the name of the column."""
        return self.i0 is None and plain_name(self.signals[0].label) in NORMALISED

    @property
    def is_fluorescence(self) -> bool:
        """Whether mu comes from fluorescence."""
        label = self.signals[0].label
        own = plain_name(label) in FLUORESCENCE_MU or quantity_of(label) == "ifluor"
        return self.kind == "fluorescence" or (self.i0 is None and own)

    def first_dark(self, table: TextTable, row: int) -> tuple[str, float]:
        """Return label and value of the intensity that makes ``row`` unusable."""
        parts = [self.i0] if self.i0 is not None else []
        parts += list(self.signals) if self.kind == "transmission" else []
        values = [(part.label, float(table.rows[row, part.index])) for part in parts]
        return next((one for one in values if one[1] <= 0.0), values[0])


def candidates_in(table: TextTable) -> tuple[Candidate, ...]:
    """Return the ways to mu that ``table`` offers; the usual one is the first."""
    columns, labels = table.columns, list(table.labels)
    found: list[Candidate] = []
    if "mu" in columns:
        given = [columns["mu"]]
        given += [one for one in all_of(labels, "mu") if one.index != given[0].index]
        found += [Candidate("mu", (one,)) for one in given]
        plain = [one for one in found if not one.is_fluorescence]
        found = plain + [one for one in found if one.is_fluorescence]
        return tuple(found)
    i0 = columns.get("i0")
    if i0 is not None and "itrans" in columns:
        found.append(Candidate("transmission", (columns["itrans"],), i0))
    if i0 is not None and "ifluor" in columns:
        found += [
            Candidate("fluorescence", family, i0)
            for family in _families(all_of(labels, "ifluor") or (columns["ifluor"],))
        ]
    if not found and table.width == 2 and "i0" not in columns:
        label = table.labels[1] if table.labels else "column 2"
        if "energy" in columns and columns["energy"].index == 1:
            return ()
        if "itrans" in columns or "reference" in columns:
            return ()  # an intensity without the one before it
        found.append(Candidate("mu", (Column(1, label),)))
    return tuple(found)


def usable_in(table: TextTable, candidate: Candidate) -> Bool[np.ndarray, " e"]:
    """Return the rows in which the intensities of ``candidate`` can be divided.

    Currents may all be negative, as the amplifiers of some beamlines give them.
    """
    if candidate.i0 is None:
        return np.ones(len(table.rows), bool)
    i0 = table.rows[:, candidate.i0.index]
    signal = _sum(table, candidate)
    if candidate.kind == "fluorescence":
        return np.sign(i0) == _sign(i0)
    return (np.sign(i0) == _sign(i0)) & (np.sign(signal) == _sign(signal))


def chosen_of(
    table: TextTable,
    energy: Values,
    found: tuple[Candidate, ...],
    kept: Bool[np.ndarray, " e"],
) -> tuple[Candidate, Float[np.ndarray, " kept"], list[str]]:
    """Return the best of ``found``, its mu in the rows ``kept``, and why it was taken.

    A later candidate must be better by BETTER_BY in edge step to noise.
    """
    usable = [one for one in found if usable_in(table, one)[kept].all()]
    curves = [_mu(table, one)[kept] for one in usable]
    if len(usable) == 1:
        only = usable[0]
        plain = only.i0 is None and table.width == 2
        if plain and "ifluor" in table.columns:
            note = f"mu = {only.formula} as it stands, not divided by an i0"
            return only, curves[0], [note]
        return only, curves[0], [] if plain else [f"mu = {only.formula}"]
    axis = energy[kept]
    order = np.argsort(axis, kind="stable")
    rising, first = np.unique(axis[order], return_index=True)
    ratios = [edge_quality(rising, mu[order][first]).ratio for mu in curves]
    best = 0
    for number, ratio in enumerate(ratios):
        if ratio > ratios[best] * (1.0 if best else BETTER_BY):
            best = number
    others = [
        f'{one.formula} ({_ratio(ratio)}; --columns "{_axis(table)} {one.option}")'
        for number, (one, ratio) in enumerate(zip(usable, ratios, strict=True))
        if number != best
    ]
    note = (
        f"mu = {usable[best].formula} (edge step {_ratio(ratios[best])}); also there: "
        f"{', '.join(others[:4])}"
    )
    return usable[best], curves[best], [note]


def _ratio(ratio: float) -> str:
    return f"{min(ratio, 1e6):.3g} x noise" if ratio else "none"


def _axis(table: TextTable) -> str:
    column = table.columns.get("energy")
    return f"energy={column.index + 1 if column else 1}"


def _mu(table: TextTable, candidate: Candidate) -> Values:
    """Return mu where :func:`usable_in`; other rows hold no meaning."""
    signal = _sum(table, candidate)
    if candidate.i0 is None:
        return signal
    i0 = table.rows[:, candidate.i0.index]
    safe = np.where(i0 == 0.0, 1.0, i0)
    if candidate.kind == "fluorescence":
        # Counts over a current that is negative throughout.
        return (
            np.abs(signal) / np.abs(safe)
            if (signal <= 0.0).all()
            else (signal / np.abs(safe))
        )
    ratio = np.abs(safe) / np.where(signal == 0.0, 1.0, np.abs(signal))
    return np.log(ratio)


def _sum(table: TextTable, candidate: Candidate) -> Values:
    return table.rows[:, [column.index for column in candidate.signals]].sum(axis=1)


def _sign(values: Values) -> float:
    """Return the sign that most of ``values`` have: 1 or -1."""
    return (
        1.0
        if np.count_nonzero(values > 0.0) >= np.count_nonzero(values < 0.0)
        else (-1.0)
    )


def _families(columns: tuple[Column, ...]) -> list[tuple[Column, ...]]:
    """Return columns whose labels differ in nothing but numbers, together.

    ``SCA2_1`` is window 2 of detector element 1: other windows are other lines.
    """
    families: dict[str, list[Column]] = {}
    for column in columns:
        small = column.label.lower()
        key = small[:4] if small.startswith("sca") else re.sub(r"\d", "", small)
        families.setdefault(key, []).append(column)
    return [tuple(family) for family in families.values()]
