"""The right column of Structures: what is counted over all clusters."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from app.look import wording
from app.structures.histogram_plot import LengthsPlot
from app.structures.sample_plots import AnglesPlot, ClosestPlot, EvolutionPlot
from app.structures.samples import Samples
from app.widgets.basics import (
    Card,
    column_of,
    fill,
    icon_button,
    label,
    row_of,
    set_text,
)
from app.widgets.fields import ComboBox
from app.widgets.legend import Key, Legend

NARROWEST, WIDTH, WIDEST = 396, 456, 760
NO_ALGORITHM = (
    "The angles of this cluster come from the template <b>{name}</b>: there is no "
    "genetic algorithm that could make progress."
)


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
        self.shell.setAccessibleName("Shell whose angles are shown")
        self.shell.activated.connect(self._draw_angles)
        self._template = label("", "note", wrap=True)
        self._template.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._drawn: Samples | None = None
        self._evolution_key = Legend(
            Key("best", "line", "accent"),
            Key("population", "band", "accent_soft"),
            Key("others", "line", "border"),
        )
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
        sample, recipe = samples.samples[index], samples.request.recipe
        has_progress = bool(sample.best)
        self.evolution.setVisible(has_progress)
        self._evolution_key.setVisible(has_progress)
        self._template.setVisible(not has_progress)
        if not has_progress:
            template = (recipe.system.angles.template or "").rsplit("/", 1)[-1]
            set_text(self._template, NO_ALGORITHM.format(name=template))
            return
        self.evolution.draw(samples, sample)

    def _lay_out(self) -> None:
        lengths = Card("Partial <i>g</i>(<i>r</i>)")
        fill(
            lengths.header,
            Legend(Key("clusters", "band", "prior"), Key("from the CRVs", "line")),
            icon_button("copy", "Copy the figure", self.lengths.copy),
        )
        lengths.body.addWidget(self.lengths)
        closest, angles = Card("Smallest distances"), Card("Bond angles")
        closest.body.addWidget(
            Legend(Key("this", "line"), Key("set aside", "band", "outside"))
        )
        closest.body.addWidget(self.closest, 1)
        angles.header.addWidget(self.shell)
        angles.body.addWidget(self.angles, 1)
        pair = row_of((closest, 1), (angles, 1), spacing=10)
        evolution = Card("Genetic algorithm")
        evolution.header.addWidget(self._evolution_key)
        evolution.fill((self.evolution, 1), self._template)
        column_of((lengths, 4), (pair, 3), (evolution, 3), within=self, spacing=10)
