"""A sample cluster for display. The window reads many: this module imports little."""

from dataclasses import dataclass, field

import numpy as np

from onne_core.values.structure import Cluster, Macrostate


@dataclass(frozen=True, eq=False)
class Sample:
    """One cluster of macrostate ``number``, and the reason if it is rejected.

    ``cluster`` is ``None`` where none could be made. ``best`` and ``worst`` are the
    smallest distances (Å) in the population of the genetic algorithm: before any
    search, at first, and after every generation; empty where a template gives the
    angles.
    ``closest`` is the smallest distance in the cluster, ``limit`` the one allowed for
    these two elements, Å. ``too_close`` are the two atoms that a cluster is set aside
    for, 0 being the absorber.
    """

    number: int
    macrostate: Macrostate = field(repr=False)
    cluster: Cluster | None = field(repr=False)
    reason: str = ""
    best: tuple[float, ...] = ()
    worst: tuple[float, ...] = ()
    closest: float = np.nan
    limit: float = np.nan
    too_close: tuple[int, int] | None = None

    @property
    def is_usable(self) -> bool:
        """Return whether a training set would accept it."""
        return not self.reason
