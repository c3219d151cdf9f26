"""The right column of Structures: statistics over all clusters."""

from PySide6.QtWidgets import QWidget

from app.look import wording
from app.structures.histogram_plot import LengthsPlot
from app.structures.sample_plots import AnglesPlot, ClosestPlot, EvolutionPlot
from app.structures.samples import Samples
from app.widgets.basics import Card, icon_button
from app.widgets.fields import ComboBox
from app.widgets.layouts import column_of, row_of
from app.widgets.legend import Key, Legend

NARROWEST, WIDTH, WIDEST = 396, 456, 760


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
        keys = Legend(
            Key("best", "line", "accent"),
            Key("population", "band", "accent_soft"),
            Key("others", "line", "border"),
        )
        self._search = Card("Genetic algorithm", (self.evolution, 1), beside=(keys,))
        self.setMinimumWidth(NARROWEST)
        self.setMaximumWidth(WIDEST)
        self._lay_out()

    def draw(self, samples: Samples, index: int) -> None:
        """Draw the statistics of ``samples``, and sample ``index`` in them."""
        sample = samples.samples[index]
        if sample.cluster is None:
            return
        self.lengths.draw(samples, sample.cluster.lengths)
        self.closest.draw(samples, sample, sample.cluster)
        if samples is not self._drawn:
            self._offer_shells(samples)
        self._drawn = samples
        self._draw_angles()
        self._draw_evolution(samples, index)

    def _offer_shells(self, samples: Samples) -> None:
        items = [(wording.pair(name), name) for name in samples.angles]
        self.shell.offer(items, self.shell.currentData())
        self.shell.setVisible(len(items) > 1)

    def _draw_angles(self) -> None:
        samples, name = self._drawn, self.shell.currentData()
        if samples is not None and name is not None:
            self.angles.draw(samples, name)

    def _draw_evolution(self, samples: Samples, index: int) -> None:
        sample = samples.samples[index]
        # The angles of a template need no search.
        self._search.setVisible(bool(sample.best))
        if not sample.best:
            return
        self.evolution.draw(samples, sample)

    def _lay_out(self) -> None:
        keys = Legend(Key("clusters", "band", "prior"), Key("expected", "line"))
        copy = icon_button("copy", "Copy figure", self.lengths.copy)
        heading = "Partial <i>g</i>(<i>r</i>)"
        lengths = Card(heading, self.lengths, beside=(keys, copy))
        below = Legend(Key("this", "line"), Key("rejected", "band", "outside"))
        closest = Card("Smallest distances", below, (self.closest, 1))
        angles = Card("Bond angles", (self.angles, 1), beside=(self.shell,))
        pair = row_of((closest, 1), (angles, 1), spacing=10)
        column_of((lengths, 4), (pair, 3), (self._search, 3), within=self, spacing=10)
