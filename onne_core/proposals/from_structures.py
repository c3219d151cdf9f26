"""Proposal from the shells that a trajectory or another structure file has."""

from dataclasses import replace
from pathlib import Path

from onne_core.proposals.proposal import Proposal, recipe_for
from onne_core.proposals.window import usual_window
from onne_core.values.elements import usual_edge
from onne_core.values.shells_of_structure import StructureShells
from onne_core.values.structure import Angles, System

LAST_REPORTED = 4.5
"""Shells of a disordered structure that begin farther out only scatter, Å."""


def propose_structures(
    taken: StructureShells, *, absorber: str, edge: str | None = None
) -> Proposal:
    """Return the proposal for the shells ``taken`` from a file.

    Their ranges are those found, with a margin; the nearest shells are reported.

    Raises
    ------
    DefinitionError
        If they break a rule.
    """
    shells = tuple(
        replace(shell, reported=i == 0 or shell.distance.lower < LAST_REPORTED)
        for i, shell in enumerate(taken.shells)
    )
    chosen = edge or usual_edge(absorber)
    system = System(
        absorber,
        chosen,  # type: ignore[arg-type] - checked as a file is
        shells,
        angles=Angles(template=taken.template or None),
        name=f"{absorber} in {Path(taken.path).stem}",
    )
    window = usual_window(absorber, chosen, [shell.element for shell in shells])
    note = f"Shells of {taken.environments} sites of {Path(taken.path).name}."
    return Proposal(recipe_for(system, window, {}), (note,))
