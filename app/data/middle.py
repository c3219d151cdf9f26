"""The middle of the Data tab: mu(E) above chi(k) and its transform."""

from dataclasses import replace

from PySide6.QtWidgets import QStackedWidget, QWidget

from app.data.plots.chi_plots import ChiPicture, ReducedChiPlot, ReducedMagnitudePlot
from app.data.plots.mu_plot import MODES, MuPicture, MuPlot
from app.data.tool_panel import ToolPanel
from app.look import theme
from app.plots import titles
from app.widgets.basics import Card, icon_button, label
from app.widgets.layouts import column_of, row_of
from app.widgets.legend import Key, Legend
from app.widgets.segments import Segments

KEYS = {
    "mu": (
        Key("data", "line"),
        Key("pre-edge, post-edge", "dashed", "second"),
        Key("background", "line", "accent"),
    ),
    "normalised": (Key("data", "line"), Key("marked", "line", "series")),
    "derivative": (Key("data", "line"), Key("marked", "line", "series")),
}
TEXTS = ("μ", "normalised", "derivative")
WEIGHTS = (0, 1, 2, 3)
LEAST_MU, LEAST_CHI = 260, 178
"""Heights below which the middle scrolls instead, px."""


class DataMiddle(QWidget):
    """Plots of one group; ``mode`` and ``weight`` say what is shown of it."""

    def __init__(
        self, mu: MuPlot, chi: ReducedChiPlot, magnitude: ReducedMagnitudePlot
    ) -> None:
        super().__init__()
        self.mu, self.chi, self.magnitude = mu, chi, magnitude
        self.mode = Segments("Show", TEXTS)
        self.mode.choose(0)
        self.weight = Segments("k-weight of the plots", [str(w) for w in WEIGHTS])
        self.panel = ToolPanel()
        self.picture: ChiPicture | None = None
        self._legend = Legend(*KEYS["mu"])
        mu.setMinimumHeight(theme.scaled(LEAST_MU))
        copy = icon_button("copy", "Copy figure", mu.copy)
        self._mu_card = Card("<i>μ</i>(<i>E</i>)")
        for widget in (self._legend, self.mode, copy):
            self._mu_card.header.addWidget(widget)
        self._mu_card.setAccessibleName("mu of E")
        self._mu_card.fill((mu, 1), self.panel)
        self.nothing = label("", "second", wrap=True)
        nothing = _Nothing("", column_of(None, self.nothing, None))
        self._stack = QStackedWidget()
        self._stack.addWidget(self._mu_card)
        self._stack.addWidget(nothing)
        column_of(
            (self._stack, 3),
            (self._lower(), 2),
            within=self,
            spacing=theme.MARGIN,
        )

    def show_mu(self, picture: MuPicture) -> None:
        """Draw mu(E)."""
        self._stack.setCurrentIndex(0)
        self._legend.set_keys(*KEYS[picture.mode])
        self.mode.choose(MODES.index(picture.mode))
        self.mu.draw(picture)

    def show_none(self, text: str) -> None:
        """Say why there is no mu(E)."""
        self._stack.setCurrentIndex(1)
        self.nothing.setText(text)

    def show_chi(self, picture: ChiPicture) -> None:
        """Draw chi(k) and its transform."""
        power = picture.k_weight
        self._chi_card.heading.setText(titles.chi_of_k(power))
        self._magnitude_card.heading.setText(titles.magnitude_of_r(power))
        self.weight.choose(WEIGHTS.index(power))
        self._grey.setVisible(picture.rbkg is not None)
        self.picture = picture
        self.chi.draw(picture)
        self.magnitude.draw(picture)

    def preview_window(self, k_min: float, k_max: float) -> None:
        """Draw chi(k) and its transform with another window (Å^-1)."""
        if self.picture is not None:
            self.show_chi(replace(self.picture, window=(k_min, k_max)))

    def _lower(self) -> QWidget:
        self._chi_card = Card("chi of k")
        self._chi_card.header.addWidget(label("<i>k</i>-weight", "second"))
        self._chi_card.header.addWidget(self.weight)
        self._chi_card.fill((self.chi, 1))
        self._magnitude_card = Card("chi of R")
        self._grey = label("grey: below rbkg", "small")
        self._magnitude_card.header.addWidget(self._grey)
        self._magnitude_card.fill((self.magnitude, 1))
        for plot in (self.chi, self.magnitude):
            plot.setMinimumHeight(theme.scaled(LEAST_CHI))
        both = QWidget()
        row_of(
            (self._chi_card, 3),
            (self._magnitude_card, 2),
            within=both,
            spacing=theme.MARGIN,
        )
        return both


class _Nothing(Card):
    """Card with a sentence; it is not as high as a column of such a width might be."""

    def hasHeightForWidth(self) -> bool:
        """Return no."""
        return False
