"""Errors and coverage of shells as table rows, with the goals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any, get_args

from evaluation.section import Claim, Table
from onne_core.codec import RECORDS
from onne_core.pipeline.ensembles.validation import (
    QuantityErrors,
    Row,
    ShellErrors,
    Validation,
)
from onne_core.values.prediction import Origin

QUANTITIES = {
    "coordination_number": ("CN", "", 1.0, 3),
    "distance": ("R", "Å", 1.0, 4),
    "sigma2": ("σ²", "10⁻³ Å²", 1e3, 2),
    "c3": ("C₃", "10⁻³ Å³", 1e3, 3),
}
"""Name, unit, the unit's size and decimals of a shell's quantities."""

NOTHING = "–"

AS_GOOD = 1.05
"""Ratio of two errors up to which one is as good as the other."""

COUNTING = (
    "By counting: the L1 between the true g(r), a mean over few environments, and "
    "that of infinitely many; no prediction can be expected to be better."
)


@dataclass(frozen=True)
class Goal:
    """Largest acceptable rms error, in its unit or relative to the true mean."""

    limit: float
    relative: bool = False

    def text(self, quantity: str) -> str:
        """Return the goal in words."""
        if self.relative:
            return f"{100 * self.limit:g} %"
        _, unit, size, _ = QUANTITIES[quantity]
        return f"{size * self.limit:g} {unit}"

    def found(self, quantity: str, errors: QuantityErrors) -> str:
        """Return the rms error in the unit of the goal."""
        if errors.fixed:
            return "fixed by training"
        if self.relative:
            return f"{100 * errors.rms / abs(errors.true):.1f} %"
        _, unit, size, decimals = QUANTITIES[quantity]
        return f"{size * errors.rms:.{decimals}f} {unit}"

    def met(self, errors: QuantityErrors) -> bool:
        """Return whether ``errors`` meet the goal."""
        scale = abs(errors.true) if self.relative else 1.0
        return errors.rms <= self.limit * scale


@dataclass(frozen=True)
class Coverage:
    """Share of cases inside the 68 % and the 95 % bands, and the number of cases."""

    inside68: float
    inside95: float
    cases: int


Goals = Mapping[tuple[int, str], Goal]
"""What is wanted of a shell (0 is the nearest) and quantity."""


def shell_table(
    title: str, validations: Mapping[str, Validation], goals: Goals
) -> Table:
    """Return errors and coverage of every shell and quantity, methods side by side.

    The goals are those of the first method.
    """
    methods = list(validations)
    first = validations[methods[0]]
    rows = [
        row
        for rank, shell in enumerate(first.shells)
        for row in _shell_rows(
            rank, [each.shells[rank] for each in validations.values()], goals
        )
    ]
    head = (
        *("shell", "quantity", "true, mean"),
        *(f"rms error, {name}" for name in methods),
        *(f"in 68, 95 %, {name}" for name in methods),
        *("wanted", "met"),
    )
    return Table(title, head, tuple(rows), f"Number of spectra: {first.spectra}.")


def curve_table(
    title: str,
    validations: Mapping[str, Validation],
    *,
    by_counting: Mapping[str, Mapping[str, float]],
    wanted_l1: float | None = None,
) -> Table:
    """Return the errors of whole g(r), the coverage of their bins, and the verdicts.

    ``by_counting`` is the L1 that counting alone gives the truth, by set and pair.
    """
    rows = tuple(
        (
            name,
            str(validation.spectra),
            pair,
            f"{validation.l1[pair]:.3f}",
            f"{by_counting[name].get(pair, float('nan')):.3f}",
            "" if wanted_l1 is None else f"{wanted_l1:g}",
            percent(validation.coverage68[pair]),
            percent(validation.coverage95[pair]),
            ", ".join(f"{n} {what}" for what, n in validation.verdicts.items() if n),
        )
        for name, validation in validations.items()
        for pair in validation.l1
    )
    head = (
        *("answer", "spectra", "pair", "relative L1", "of it by counting"),
        *("wanted below", "in 68 %", "in 95 %", "verdicts"),
    )
    return Table(title, head, rows, COUNTING)


def origins(rows: Sequence[Row]) -> dict[str, dict[str, dict[str, float]]]:
    """Return the share of spectra by origin of the value, per shell and quantity."""
    found = {}
    for shells in zip(*(prediction.shells for prediction, _ in rows), strict=True):
        found[shells[0].label] = {
            quantity: {
                origin: [getattr(s, quantity).set_by for s in shells].count(origin)
                / len(shells)
                for origin in get_args(Origin)
            }
            for quantity in QUANTITIES
        }
    return found


def origin_table(title: str, rows: Sequence[Row]) -> Table:
    """Return :func:`origins` as a table."""
    cells = tuple(
        (shell, QUANTITIES[quantity][0], *map(percent, shares.values()))
        for shell, quantities in origins(rows).items()
        for quantity, shares in quantities.items()
    )
    return Table(title, ("shell", "quantity", *get_args(Origin)), cells)


def numbers_of(validation: Validation, goals: Goals) -> dict[str, Any]:
    """Return ``validation`` as JSON types, without its folder, and the goals met."""
    numbers = RECORDS.encode(validation)
    del numbers["pairs_folder"]
    numbers["goals_met"] = {
        f"{validation.shells[rank].label} {quantity}": goal.met(errors)
        for (rank, quantity), goal in goals.items()
        if rank < len(validation.shells)
        and not (errors := getattr(validation.shells[rank], quantity)).fixed
    }
    return numbers


def claims_of(validation: Validation, goals: Goals) -> tuple[Claim, ...]:
    """Return a claim per quantity and limit, with the errors of its shells."""
    groups: dict[tuple[str, Goal], list[int]] = {}
    for (rank, quantity), goal in goals.items():
        if rank < len(validation.shells):
            groups.setdefault((quantity, goal), []).append(rank)
    return tuple(
        _claim(validation, quantity, goal, ranks)
        for (quantity, goal), ranks in groups.items()
    )


def _claim(
    validation: Validation, quantity: str, goal: Goal, ranks: list[int]
) -> Claim:
    shells = [validation.shells[rank] for rank in ranks]
    errors = [getattr(shell, quantity) for shell in shells]
    name = QUANTITIES[quantity][0]
    wanted = f"{name} of {_listed([s.label for s in shells])} within "
    found = ", ".join(goal.found(quantity, item) for item in errors)
    return Claim(
        wanted + goal.text(quantity),
        f"{found} (rms)",
        all(goal.met(item) and not item.fixed for item in errors),
    )


def _listed(labels: list[str]) -> str:
    return labels[0] if len(labels) == 1 else f"{labels[0]} to {labels[-1]}"


def pooled_coverage(validation: Validation, quantities: Sequence[str]) -> Coverage:
    """Return the coverage of the bands of ``quantities``, over all measured shells."""
    claims = [
        (errors.coverage68, errors.coverage95)
        for shell in validation.shells
        for quantity in quantities
        if not (errors := getattr(shell, quantity)).fixed
        and not isnan(errors.coverage68)
    ]
    if not claims:
        return Coverage(float("nan"), float("nan"), 0)
    inside68, inside95 = (
        sum(column) / len(claims) for column in zip(*claims, strict=True)
    )
    return Coverage(inside68, inside95, len(claims) * validation.spectra)


def bin_coverage(validation: Validation) -> Coverage:
    """Return the coverage of the bands of g(r), over all pairs of elements."""
    pairs = len(validation.l1)
    return Coverage(
        sum(validation.coverage68.values()) / pairs,
        sum(validation.coverage95.values()) / pairs,
        pairs * validation.spectra,
    )


def percent(share: float) -> str:
    """Return ``share`` in percent, or a dash if there is none."""
    return NOTHING if isnan(share) else f"{100 * share:.0f} %"


def joint_claims(joint: Validation, networks: Validation) -> tuple[Claim, ...]:
    """Return whether the joint answer is as good as the networks alone, or better."""
    ratios = {
        f"{shell.label} {name}": getattr(shell, quantity).rms / errors.rms
        for shell, other in zip(joint.shells, networks.shells, strict=True)
        for quantity, (name, *_) in QUANTITIES.items()
        if quantity != "c3" and not (errors := getattr(other, quantity)).fixed
    }
    better = sum(ratio < 1.0 for ratio in ratios.values())
    worst = max(ratios, key=lambda name: ratios[name])
    return (
        Claim(
            "joint as good as networks alone in N, R, σ² of all shells, better in 2/3",
            f"better in {better} of {len(ratios)}; at worst {ratios[worst]:.2f} times "
            f"the error ({worst})",
            ratios[worst] <= AS_GOOD and better >= 2.0 / 3.0 * len(ratios),
        ),
    )


def _shell_rows(
    rank: int, shells: Sequence[ShellErrors], goals: Goals
) -> list[tuple[str, ...]]:
    """Return the rows of one shell, answered by several methods."""
    first, rows = shells[0], []
    for quantity, (name, unit, size, decimals) in QUANTITIES.items():
        errors = [getattr(shell, quantity) for shell in shells]
        goal = goals.get((rank, quantity))
        rows.append(
            (
                first.label,
                f"{name} ({unit})" if unit else name,
                f"{size * errors[0].true:.{decimals}f}",
                *(_number(size * one.rms, decimals) for one in errors),
                *map(_shares, errors),
                "" if goal is None else goal.text(quantity),
                "" if goal is None else _met(goal, errors[0]),
            )
        )
    distances = [_number(shell.wasserstein, 4) for shell in shells]
    nothing = [""] * (len(shells) + 2)
    rows.append((first.label, "Wasserstein (Å)", "", *distances, *nothing))
    return rows


def _number(value: float, decimals: int) -> str:
    return NOTHING if isnan(value) else f"{value:.{decimals}f}"


def _shares(errors: QuantityErrors) -> str:
    """Return the coverages; what training never varied claims nothing."""
    if errors.fixed:
        return "fixed"
    if isnan(errors.coverage68):
        return NOTHING
    return f"{percent(errors.coverage68)}, {percent(errors.coverage95)}"


def _met(goal: Goal, errors: QuantityErrors) -> str:
    if errors.fixed:
        return "fixed by training"
    return "yes" if goal.met(errors) else "NO"
