"""Stages around a system, run in their own processes; imports no Qt."""

from dataclasses import dataclass, field
from pathlib import Path

from onne_core.jobs import Stage
from onne_core.values.preview import Preview
from onne_core.values.recipe import Recipe
from onne_core.values.shells_of_structure import StructureShells


@dataclass(frozen=True)
class PreviewRequest:
    """A recipe to preview, and the folder of stored phases."""

    recipe: Recipe = field(repr=False)
    folder: str


def preview_spectra(request: PreviewRequest) -> Stage[Preview]:
    """Compute the spectra of a few macrostates."""
    from onne_core.pipeline.sets.previewing import preview

    return (yield from preview(request.recipe, Path(request.folder)))


def take_shells(path: str, absorber: str) -> Stage[StructureShells]:
    """Read the shells around ``absorber`` from a structure file."""
    from onne_core.pipeline.sets.ranges_from_structure import take_shells

    return (yield from take_shells(path, absorber))
