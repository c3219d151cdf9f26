"""Edits of a document one after another, and the digests on the way back and forth."""

from collections.abc import Callable
from dataclasses import replace

from app.project.document import Document
from onne_core.values.project import Project, with_entry, with_spectra, without_spectrum
from onne_core.values.recipe import read_recipe
from tests.app.fakes import SYSTEM
from tests.app.foil import foil_entry

Edit = Callable[[Project, int], Project]


def _limits(project: Project, step: int) -> Project:
    limits = {"Ni-Ni 1": (2.1 + 1e-3 * step, 3.0)}
    return with_entry(project, project.selected, limits=limits)


EDITS: tuple[Edit, ...] = (
    lambda project, step: with_spectra(project, (foil_entry(f"foil {step}"),)),
    lambda project, step: with_entry(project, project.selected, e0=0.01 * step),
    _limits,
    lambda project, step: with_entry(project, 0, s02=(0.8, 1e-3 * (step + 1))),
    lambda project, step: replace(project, ensemble=f"ensemble {step}"),
    lambda project, step: replace(project, recipe=_recipe(step)),
    lambda project, step: with_entry(project, 0, name=f"renamed {step}"),
    lambda project, step: (
        without_spectrum(project, 0)
        if len(project.spectra) > 3
        else replace(project, recipe=None)
    ),
)
"""What users do, in turn: open, correct, limit, choose, define, rename, remove."""


def _recipe(step: int):
    recipe = read_recipe(SYSTEM)
    return replace(recipe, sampling=replace(recipe.sampling, seed=step))


def digests_of_steps(count: int) -> tuple[list[str], list[str], list[str]]:
    """Edit ``count`` times, undo all, redo all.

    Returns the digests met on the way down, on the way up, and those expected there.
    """
    document = Document()
    states = [document.project.digest]
    for step in range(count):
        edited = EDITS[step % len(EDITS)](document.project, step)
        document.edit(edited, f"Step {step}")
        states.append(document.project.digest)
    assert len(set(states)) > 0.9 * count, "most edits must change something"
    stack, down, up = document.undo_stack, [], []
    for _ in range(count):
        stack.undo()
        down.append(document.project.digest)
    for _ in range(count):
        stack.redo()
        up.append(document.project.digest)
    return down, up, [*reversed(states[:-1]), *states[1:]]
