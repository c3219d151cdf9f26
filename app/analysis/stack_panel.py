"""Stacked spectra: g(r), chi(k) and |chi(R)| with one offset."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from app.analysis.plots.stack_plot import StackPlot
from app.analysis.stack_pictures import stack_pictures
from app.look import theme
from app.session.view import View
from app.widgets.basics import Card, button, icon_button, label
from app.widgets.fields import Slider
from app.widgets.layouts import column_of, row_of

FULL = 100
"""Steps of the slider for an offset of one height."""

BEGIN = 60


NAMES = (
    "Partial radial distributions of several spectra",
    "k-weighted chi of k of several spectra",
    "Magnitude of chi of R of several spectra",
)


class StackPanel(QWidget):
    """Three plots, called NAMES, and the slider of their offset."""

    def __init__(self, plots: tuple[StackPlot, ...]) -> None:
        super().__init__()
        self.radial, self.chi, self.magnitude = plots
        self.offset = Slider(Qt.Orientation.Horizontal)
        self.offset.setAccessibleName("Offset between spectra")
        self.offset.setRange(0, 2 * FULL)
        self.offset.setValue(BEGIN)
        self.offset.setPageStep(20)
        self.offset.setFixedWidth(110)
        self.offset.setToolTip("Vertical offset between spectra; 0 overlays them")
        self.close_button = button("Show one spectrum", role="link")
        self._shown: tuple[View, tuple[int, ...]] | None = None
        chi = _card("<i>χ</i>(<i>k</i>)", self.chi)
        magnitude = _card("|<i>χ</i>(<i>R</i>)|", self.magnitude)
        below = row_of((chi, 3), (magnitude, 2), spacing=theme.MARGIN)
        column_of((self._top(), 6), (below, 5), within=self, spacing=theme.MARGIN)
        self.offset.valueChanged.connect(self._draw)

    def show_view(self, view: View, marked: tuple[int, ...]) -> None:
        """Show the spectra with indices in ``marked``."""
        self._shown = (view, marked)
        self._draw()

    def _top(self) -> Card:
        self._count = label("", "small")
        tools = (label("Offset", "small"), self.offset)
        card = _card("Partial radial distributions", self.radial, *tools)
        card.header.insertWidget(1, self._count)
        card.header.addWidget(self.close_button)
        return card

    def _draw(self) -> None:
        if self._shown is None:
            return
        view, marked = self._shown
        self._count.setText(f"{len(marked)} spectra")
        pictures = stack_pictures(view, marked, self.offset.value() / FULL)
        for plot, picture in zip(
            (self.radial, self.chi, self.magnitude), pictures, strict=True
        ):
            plot.draw(picture)


def _card(heading: str, plot: StackPlot, *tools: QWidget) -> Card:
    copy = icon_button("copy", "Copy figure", plot.copy)
    card = Card(heading, plot, beside=(*tools, copy))
    card.setAccessibleName(plot.accessibleName())
    return card
