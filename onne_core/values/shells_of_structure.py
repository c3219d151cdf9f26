"""Shells from a structure file; this module imports little, as the window needs it."""

from dataclasses import dataclass

from onne_core.values.structure import Shell


@dataclass(frozen=True)
class StructureShells:
    """Shells taken from ``environments`` absorbers of the file ``path``.

    ``template`` is the file where its directions can serve all clusters: that of a
    crystal, whose absorbers all have the same sharp shells.
    """

    path: str
    shells: tuple[Shell, ...]
    environments: int
    template: str = ""
