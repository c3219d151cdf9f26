"""The right column of Structures: statistics over all clusters."""

import numpy as np
from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.look import wording
from app.structures.cluster_facts import pair_name
from app.structures.histogram_plot import LengthsPicture, LengthsPlot
from app.structures.sample_plots import (
    AnglesPicture,
    AnglesPlot,
    ClosestPicture,
    ClosestPlot,
    EvolutionPicture,
    EvolutionPlot,
)
from app.structures.samples import ANGLE_EDGES, Samples, shell_groups
from app.widgets.basics import Card, icon_button
from app.widgets.fields import ComboBox
from app.widgets.legend import Key, Legend
from onne_core.clusters.geometry import closest_atoms, without_preference
from onne_core.values.structure import System

NARROWEST, WIDTH, WIDEST = 396, 456, 760
MOST_OTHERS = 60
"""Other clusters whose progress is drawn in grey."""


class SampleStatistics(QWidget):
    """Four plots over all clusters, with the one on screen marked in them."""

    def __init__(
        self,
        lengths: LengthsPlot,
        closest: ClosestPlot,
        angles: AnglesPlot,
        evolution: EvolutionPlot,
    ) -> None:
        super().__init__()
        self.lengths, self.closest = lengths, closest
        self.angles, self.evolution = angles, evolution
        self.shell = ComboBox()
        self.shell.setAccessibleName("Shell for bond angles")
        self.shell.activated.connect(self._draw_angles)
        self._drawn: Samples | None = None
        self._evolution_key = Legend(
            Key("best", "line", "accent"),
            Key("population", "band", "accent_soft"),
            Key("others", "line", "border"),
        )
        self._search = Card("Genetic algorithm")
        self.setMinimumWidth(NARROWEST)
        self.setMaximumWidth(WIDEST)
        self._lay_out()

    def draw(self, samples: Samples, index: int) -> None:
        """Draw the statistics of ``samples``, and sample ``index`` in them."""
        sample = samples.samples[index]
        cluster, limit = sample.cluster, sample.limit
        if cluster is None:
            return
        self.lengths.draw(
            LengthsPicture(
                samples.edges,
                samples.counted,
                samples.r,
                samples.expected,
                cluster.lengths,
            )
        )
        first, second, distance = closest_atoms(cluster)
        pair = wording.pair(pair_name(cluster, first, second))
        self.closest.draw(
            ClosestPicture(
                usable=_finite(samples, samples.usable),
                aside=_finite(samples, samples.aside),
                here=distance,
                limit=limit,
                pair=pair,
            )
        )
        if samples is not self._drawn:
            self._offer_shells(samples)
        self._drawn = samples
        self._draw_angles()
        self._draw_evolution(samples, index)

    def _offer_shells(self, samples: Samples) -> None:
        names = list(samples.angles)
        chosen = self.shell.currentData()
        with QSignalBlocker(self.shell):
            self.shell.clear()
            for name in names:
                self.shell.addItem(wording.pair(name), name)
            if chosen in names:
                self.shell.setCurrentIndex(names.index(chosen))
        self.shell.setVisible(len(names) > 1)

    def _draw_angles(self) -> None:
        samples, name = self._drawn, self.shell.currentData()
        if samples is None or name is None:
            return
        angles = np.linspace(0.0, 180.0, 91)
        self.angles.draw(
            AnglesPicture(
                name=name,
                title=_angle_title(samples.request.recipe.system, name),
                edges=ANGLE_EDGES,
                numbers=samples.angles[name],
                angles=angles,
                random=without_preference(angles),
            )
        )

    def _draw_evolution(self, samples: Samples, index: int) -> None:
        sample = samples.samples[index]
        # The angles of a template need no search.
        self._search.setVisible(bool(sample.best))
        if not sample.best:
            return
        others = [s.best for s in samples.samples if s.best and s is not sample]
        self.evolution.draw(
            EvolutionPicture(
                best=sample.best,
                worst=sample.worst,
                others=tuple(others[:MOST_OTHERS]),
                limit=sample.limit,
                longest=samples.request.recipe.clusters.generations + 1,
            )
        )

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        lengths = Card("Partial <i>g</i>(<i>r</i>)")
        lengths.header.addWidget(
            Legend(Key("clusters", "band", "prior"), Key("expected", "line"))
        )
        lengths.header.addWidget(icon_button("copy", "Copy figure", self.lengths.copy))
        lengths.body.addWidget(self.lengths)
        closest, angles = Card("Smallest distances"), Card("Bond angles")
        closest.body.addWidget(
            Legend(Key("this", "line"), Key("rejected", "band", "outside"))
        )
        closest.body.addWidget(self.closest, 1)
        angles.header.addWidget(self.shell)
        angles.body.addWidget(self.angles, 1)
        pair = QHBoxLayout()
        pair.setSpacing(10)
        pair.addWidget(closest, 1)
        pair.addWidget(angles, 1)
        self._search.header.addWidget(self._evolution_key)
        self._search.body.addWidget(self.evolution, 1)
        column.addWidget(lengths, 4)
        column.addLayout(pair, 3)
        column.addWidget(self._search, 3)


def _finite(samples: Samples, indices: tuple[int, ...]) -> np.ndarray:
    values = samples.closest[list(indices)]
    return values[np.isfinite(values)]


def _angle_title(system: System, name: str) -> str:
    element = system.shells[shell_groups(system)[name][0]].element
    return wording.pair(f"{element}-{system.absorber}-{element}")
