"""E0, pre-edge line, post-edge curve and edge step, with Athena's names."""

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout

from app.data.desk import Reduced
from app.look import wording
from app.widgets.basics import Card, button, combo, label
from app.widgets.fields import show_values
from app.widgets.layouts import row_of
from app.widgets.number_field import number_field
from onne_core.reduction.normalisation import Normalisation
from onne_core.values.project import Reduction, SpectrumEntry
from onne_core.values.spectrum import ReductionSettings

RANGE = (-2000.0, 20_000.0)
E0_RANGE = (100.0, 150_000.0)
STEP_RANGE = (1e-4, 1e6)
DEGREES = ((2, "quadratic"), (1, "linear"), (0, "constant"))
OWN = ("e0", "pre1", "pre2", "norm1", "norm2", "nnorm", "step")
"""Settings of this card."""


class NormalisationCard(Card):
    """Card of the edge; ``wanted`` carries the name of a setting and its value."""

    wanted = Signal(str, object)

    def __init__(self) -> None:
        super().__init__("Normalisation")
        self.reset = button("Reset to automatic", role="link")
        self.header.addWidget(self.reset)
        self.e0 = number_field("E0", E0_RANGE, 0.1, 2, suffix=" eV", width=124)
        self.ends = {
            name: number_field(spoken, RANGE, 5.0, 0, width=72)
            for name, spoken in (
                ("pre1", "Start of the pre-edge line (pre1)"),
                ("pre2", "End of the pre-edge line (pre2)"),
                ("norm1", "Start of the post-edge curve (norm1)"),
                ("norm2", "End of the post-edge curve (norm2)"),
            )
        }
        self.degree = combo("Post-edge curve (nnorm)")
        for value, text in DEGREES:
            self.degree.addItem(text, value)
        self.step = number_field("Edge step", STEP_RANGE, 0.01, 4, width=92)
        self.fix = QCheckBox("Fix")
        self.fix.setToolTip("Keep this edge step whatever the curves say")
        self._why = label("", "small", wrap=True)
        self._spread = label("", "small", wrap=True)
        self.fill(self._grid(), self._spread)
        self.e0.valueChanged.connect(lambda value: self.wanted.emit("e0", value))
        for name, field in self.ends.items():
            field.valueChanged.connect(
                lambda value, name=name: self.wanted.emit(name, value)
            )
        self.degree.activated.connect(
            lambda _: self.wanted.emit("nnorm", self.degree.currentData())
        )
        self.step.valueChanged.connect(self._fix_step)
        self.fix.toggled.connect(self._fix_step)

    def show_edge(
        self,
        entry: SpectrumEntry,
        reduction: Reduction,
        edge: Normalisation,
        curves: Reduced | None,
    ) -> None:
        """Show the edge of a group; ``curves`` tell its uncertainty once known."""
        ranges, settings = edge.ranges, reduction.settings
        show_values(
            (self.e0, edge.e0),
            *((field, getattr(ranges, name)) for name, field in self.ends.items()),
            (self.step, edge.step),
        )
        with QSignalBlocker(self.degree), QSignalBlocker(self.fix):
            self.degree.setCurrentIndex(self.degree.findData(ranges.nnorm))
            self.fix.setChecked(settings.step is not None)
        self.step.setEnabled(settings.step is not None)
        self.reset.setVisible(not is_automatic(reduction))
        self._why.setText(_why(entry, reduction, edge, curves))
        self._spread.setText(_spread(settings, edge, curves))

    def _fix_step(self, _value: object) -> None:
        value = self.step.value() if self.fix.isChecked() else None
        self.wanted.emit("step", value)

    def _grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        grid.addWidget(label("<i>E</i>₀"), 0, 0)
        grid.addWidget(self.e0, 0, 2)
        grid.addWidget(self._why, 1, 0, 1, 3)
        for row, text, names in (
            (2, "Pre-edge", ("pre1", "pre2")),
            (3, "Post-edge", ("norm1", "norm2")),
        ):
            first, second = (self.ends[name] for name in names)
            dash, unit = label(wording.EN_DASH), label("eV", "second")
            grid.addWidget(label(text), row, 0)
            grid.addLayout(
                row_of(None, first, dash, second, unit, spacing=5), row, 1, 1, 2
            )
        grid.addWidget(label("Curve"), 4, 0)
        grid.addLayout(row_of(None, self.degree), 4, 1, 1, 2)
        grid.addWidget(label("Edge step"), 5, 0)
        grid.addLayout(row_of(None, self.fix, self.step, spacing=8), 5, 1, 1, 2)
        return grid


def is_automatic(reduction: Reduction) -> bool:
    """Return whether nothing on this card was set by hand."""
    own, first = reduction.settings, reduction.first
    moved = own.e0 != first.e0 and not reduction.operations
    return not moved and all(
        getattr(own, name) == getattr(first, name) for name in OWN if name != "e0"
    )


def _why(
    entry: SpectrumEntry,
    reduction: Reduction,
    edge: Normalisation,
    curves: Reduced | None,
) -> str:
    """Return where E0 comes from, and what the E0 shift of Analysis makes of it."""
    first, own = reduction.first.e0, reduction.settings.e0
    shifted = sum(getattr(one, "by", 0.0) for one in reduction.operations)
    is_own = first is None or own is None or abs(own - first - shifted) < 1e-3
    given = reduction.absorption.e0 is not None
    origin = "from the file" if given else "automatic: steepest point"
    if reduction.absorption.parts:
        origin = "from the first of the merged scans"
    text = origin if is_own else "set by hand"
    if curves is not None and curves.tabulated is not None:
        scan = reduction.absorption
        name = f"{scan.element} {scan.edge}"
        text += f"; table: {name} {wording.number(curves.tabulated, 0)} eV"
    text = f"{text[0].upper()}{text[1:]}."
    if entry.e0 is not None:
        total = wording.number(edge.e0 + entry.e0, 1)
        text += (
            f" With the <i>E</i>₀ shift of Analysis: {wording.number(edge.e0, 1)} "
            f"{_sign(entry.e0)} {wording.number(abs(entry.e0), 1)} = {total} eV."
        )
    return text


def _sign(value: float) -> str:
    return wording.MINUS if value < 0.0 else "+"


def _spread(
    settings: ReductionSettings, edge: Normalisation, curves: Reduced | None
) -> str:
    """Return how well the edge step is known."""
    if settings.step is not None:
        return "The edge step is fixed by hand."
    if curves is None:
        return "…"
    share = wording.percent(curves.step_std / edge.step)
    return (
        f"± {wording.number(curves.step_std, 3)}, the spread over 36 choices of the "
        f"ranges; it scales <i>N</i> by ± {share}."
    )
