"""Background removal: rbkg, k-weight and range of the spline."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout

from app.look import wording
from app.widgets.basics import Card, button, label
from app.widgets.fields import show_values
from app.widgets.layouts import row_of
from app.widgets.number_field import number_field
from app.widgets.segments import Segments
from onne_core.values.project import Reduction
from onne_core.values.spectrum import Spectrum

WEIGHTS = (0, 1, 2, 3)
OWN = ("rbkg", "k_weight", "k_min", "k_max")
"""Settings of this card."""


class BackgroundCard(Card):
    """Card of AUTOBK; ``wanted`` carries the name of a setting and its value."""

    wanted = Signal(str, object)

    def __init__(self) -> None:
        super().__init__("Background")
        self.reset = button("Reset", role="link")
        self.header.addWidget(self.reset)
        self.rbkg = number_field("rbkg", (0.3, 3.0), 0.05, 2, suffix=" Å", width=92)
        self.weight = Segments("k-weight of the background", [str(w) for w in WEIGHTS])
        self.k_min = number_field("Start of the spline", (0.0, 6.0), 0.1, 1, width=64)
        self.k_max = number_field("End of the spline", (8.0, 50.0), 0.1, 1, width=64)
        self._note = label("AUTOBK (larch).", "small", wrap=True)
        grid = QGridLayout()
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        dash, unit = label(wording.EN_DASH), label("Å⁻¹", "second")
        ends = row_of(None, self.k_min, dash, self.k_max, unit, spacing=5)
        grid.addWidget(label("rbkg"), 0, 0)
        grid.addLayout(row_of(None, self.rbkg), 0, 1)
        grid.addWidget(label("<i>k</i>-weight"), 1, 0)
        grid.addLayout(row_of(None, self.weight), 1, 1)
        grid.addWidget(label("Spline"), 2, 0)
        grid.addLayout(ends, 2, 1)
        self.fill(grid, self._note)
        self.rbkg.valueChanged.connect(lambda value: self.wanted.emit("rbkg", value))
        self.weight.chosen.connect(
            lambda index: self.wanted.emit("k_weight", WEIGHTS[index])
        )
        self.k_min.valueChanged.connect(lambda value: self.wanted.emit("k_min", value))
        self.k_max.valueChanged.connect(lambda value: self.wanted.emit("k_max", value))

    def show_reduction(self, reduction: Reduction, spectrum: Spectrum) -> None:
        """Show the settings behind ``spectrum``."""
        settings, first = reduction.settings, reduction.first
        end = settings.k_max if settings.k_max is not None else float(spectrum.k[-1])
        show_values(
            (self.rbkg, settings.rbkg), (self.k_min, settings.k_min), (self.k_max, end)
        )
        self.weight.choose(WEIGHTS.index(settings.k_weight))
        is_first = all(getattr(settings, name) == getattr(first, name) for name in OWN)
        self.reset.setVisible(not is_first)
        self._note.setText(
            "AUTOBK (larch), automatic."
            if is_first
            else f"AUTOBK (larch). As opened: rbkg {wording.number(first.rbkg, 2)} Å, "
            f"<i>k</i>-weight {first.k_weight}."
        )
