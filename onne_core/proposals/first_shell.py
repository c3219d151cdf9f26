"""Proposal of a first shell: an ion in solution, a single site, a molecule, a glass.

Nothing is assumed about directions, and what lies farther out is a liquid: shells wide
in every way that scatter and are not reported, so that nobody takes their signal for
ligands.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from onne_core.errors import DefinitionError
from onne_core.proposals.bond_lengths import CERTAIN, bond_length, oxidation_states
from onne_core.proposals.proposal import Proposal, recipe_for
from onne_core.proposals.purposes import Purpose
from onne_core.proposals.window import usual_window
from onne_core.values.elements import elements, usual_edge
from onne_core.values.structure import Range, Shell, System

MOST_LIGANDS = 8.0
UNKNOWN = Range(1.0, 8.0)
"""Coordination number of which nothing is known."""

USUAL = (4.0, 6.0, 8.0)
"""Coordination numbers whose bond lengths an unknown one may have."""

ONE_AWAY, SHARE_AWAY = 1.6, 0.4
"""A coordination number may be off by so many, or by this share of it."""

FEWEST = 0.3
DEVIATION, SKEWNESS = Range(0.03, 0.15), Range(-0.1, 0.4)
WIDE_DEVIATION, WIDE_SKEWNESS = Range(0.04, 0.22), Range(-0.1, 0.6)
DISORDERED = 0.08
"""How much farther (Å) the distance of a disordered shell may be off."""

TAIL_START, TAIL_END = 0.15, 0.65
"""Where the tail of a disordered shell is, Å behind the expected distance."""

TAIL_SHARE = 0.4
"""Neighbours in the tail, at most, as a share of those expected."""

BEYOND = (
    (1.25, 2.3, Range(0.15, 0.45), Range(0.0, 12.0)),
    (2.3, 3.3, Range(0.25, 0.50), Range(0.0, 16.0)),
)
"""The liquid beyond: start and end (Å behind the nearest ligand), deviation, number."""

FEW = Range(0.0, 5.0)
"""Neighbours beyond that are not ligands, such as Si behind O."""


@dataclass(frozen=True)
class Ligand:
    """Ligands of one ``element``; ``coordination`` and ``distance`` (Å) if known."""

    element: str
    coordination: float | None = None
    distance: float | None = None


def propose_first_shell(
    absorber: str,
    ligands: Sequence[Ligand],
    *,
    edge: str | None = None,
    oxidation: int | None = None,
    beyond: Sequence[str] | None = None,
    purpose: Purpose = "bulk",
) -> Proposal:
    """Return the proposal for ``ligands`` around ``absorber``.

    ``oxidation`` is the state of the absorber for bond valences, ``beyond`` are the
    elements of the liquid behind, by default the first ligand's; an empty sequence
    leaves it out. For the purpose ``disordered`` the shells are wider and have a tail.

    Raises
    ------
    DefinitionError
        If an element is unknown, or a number makes no sense.
    """
    _check(absorber, ligands, beyond or ())
    shells: list[Shell] = []
    notes: list[str] = []
    for ligand in ligands:
        shell, note = _shell(absorber, ligand, oxidation)
        notes.append(note)
        shells += _disordered(absorber, shell) if purpose == "disordered" else [shell]
    nearest = min(shell.distance.centre for shell in shells)
    names = [ligand.element for ligand in ligands]
    for start, end, deviation, numbers in BEYOND:
        for element in names[:1] if beyond is None else beyond:
            # What bonds to ligands has fewer atoms: it needs room for ligands.
            count = numbers if element in names else FEW
            distance = Range(round(nearest + start, 2), round(nearest + end, 2))
            shells.append(Shell(element, distance, deviation, count, reported=False))
    chosen = edge or usual_edge(absorber)
    system = System(
        absorber,
        chosen,  # type: ignore[arg-type] - checked as a file is
        tuple(shells),
        name=f"{absorber} with {' and '.join(names)}",
    )
    window = usual_window(absorber, chosen, [shell.element for shell in shells])
    closest = {
        f"{absorber}-{shell.element}": shell.distance.lower
        for shell in reversed(shells)
        if shell.reported
    }
    for element in beyond or ():
        closest |= _contacts(element, ligands)
    return Proposal(recipe_for(system, window, closest), tuple(notes))


def _contacts(element: str, ligands: Sequence[Ligand]) -> dict[str, float]:
    """Return the shortest distances (Å) of an element beyond that bonds to ligands."""
    names = [item.element for item in ligands]
    if element in names:
        return {}
    lengths = {name: bond_length(element, name, USUAL[0]).length for name in names}
    pairs = {f"{element}-{name}": length for name, length in lengths.items()}
    return {**pairs, f"{element}-{element}": 1.6 * min(lengths.values())}


def _check(absorber: str, ligands: Sequence[Ligand], beyond: Sequence[str]) -> None:
    for symbol in (absorber, *(item.element for item in ligands), *beyond):
        if symbol not in elements():
            raise DefinitionError(f"{symbol}: no chemical symbol; write it as in Ni.")
    if not ligands:
        raise DefinitionError("ligands: none given; name at least one element.")
    names = [item.element for item in ligands]
    if len(set(names)) < len(names):
        raise DefinitionError(
            f"ligands: {', '.join(names)}; name each element once, and give the "
            "number and the mean distance of all its atoms."
        )
    for item in ligands:
        number, distance = item.coordination, item.distance
        if number is not None and not 0.0 < number <= MOST_LIGANDS:
            raise DefinitionError(
                f"coordination: {number:g}; give more than 0, up to {MOST_LIGANDS:g}."
            )
        if distance is not None and not 1.0 <= distance <= 4.0:
            raise DefinitionError(f"distance: {distance:g} Å; give 1 to 4 Å.")


def _shell(absorber: str, ligand: Ligand, oxidation: int | None) -> tuple[Shell, str]:
    """Return a ligand's shell, and where its distance comes from."""
    pair = f"{absorber}-{ligand.element}"
    if ligand.distance is not None:
        ends = ligand.distance - CERTAIN, ligand.distance + CERTAIN
        note = f"{pair}: {ligand.distance:.2f} Å (given)."
    else:
        numbers = (ligand.coordination,) if ligand.coordination else USUAL
        found = [
            bond_length(absorber, ligand.element, number, oxidation)
            for number in numbers
        ]
        ends = (
            min(item.length - item.uncertainty for item in found),
            max(item.length + item.uncertainty for item in found),
        )
        shortest, longest = found[0].length, found[-1].length
        several = f"–{longest:.2f}" if longest > shortest else ""
        note = f"{pair}: {shortest:.2f}{several} Å ({found[0].source}"
        more = f" to {numbers[-1]:g}" if longest > shortest else ""
        note += f" in coordination {numbers[0]:g}{more})."
        others = oxidation_states(absorber, ligand.element)
        if oxidation is None and len(others) > 1:
            states = ", ".join(str(state) for state in others)
            note += f" Known oxidation states: {states}; the first is assumed."
    shell = Shell(
        ligand.element,
        Range(round(ends[0], 2), round(ends[1], 2)),
        DEVIATION,
        _numbers(ligand.coordination),
        skewness=SKEWNESS,
    )
    return shell, note


def _numbers(expected: float | None) -> Range:
    if expected is None:
        return UNKNOWN
    away = max(ONE_AWAY, SHARE_AWAY * expected)
    return Range(round(max(FEWEST, expected - away), 2), round(expected + away, 2))


def _disordered(absorber: str, shell: Shell) -> list[Shell]:
    """Return the near part of a wider shell and its tail, under one head."""
    near, centre = shell.distance, shell.distance.centre
    head = f"{absorber}-{shell.element} 1"
    tail = Range(round(centre + TAIL_START, 2), round(centre + TAIL_END, 2))
    most = round(TAIL_SHARE * shell.coordination.upper, 1)
    return [
        replace(
            shell,
            distance=Range(
                round(near.lower - DISORDERED, 2), round(near.upper + DISORDERED, 2)
            ),
            deviation=WIDE_DEVIATION,
            skewness=WIDE_SKEWNESS,
            head=head,
        ),
        Shell(shell.element, tail, Range(0.10, 0.30), Range(0.0, most), head=head),
    ]
