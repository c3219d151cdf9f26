"""Background removal from mu(E) to chi(k): settings used, and others to try."""

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout

from app.look import wording
from app.session.view import View
from app.widgets.basics import Card, button, label
from app.widgets.fields import show_values
from app.widgets.number_field import number_field
from app.widgets.segments import Segments
from onne_core.values.project import Reduction
from onne_core.values.spectrum import ReductionSettings

WEIGHTS = (0, 1, 2, 3)
RBKG_RANGE = (0.3, 3.0)
E0_RANGE = (100.0, 150_000.0)


class ReductionCard(Card):
    """Card for files of mu(E); ``wanted`` carries new settings."""

    wanted = Signal(object)

    def __init__(self) -> None:
        super().__init__("Background removal")
        self.reset = button("As imported", role="link")
        self.header.addWidget(self.reset)
        self.e0 = number_field(
            "Energy of k = 0", E0_RANGE, 0.5, 2, suffix=" eV", width=124
        )
        self.rbkg = number_field("rbkg", RBKG_RANGE, 0.05, 2, suffix=" Å", width=124)
        self.weight = Segments("k-weight of the background", [str(w) for w in WEIGHTS])
        self._note = label("", "small", wrap=True)
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        for row, (name, widget) in enumerate(
            (
                ("<i>E</i>₀", self.e0),
                ("rbkg", self.rbkg),
                ("<i>k</i>-weight", self.weight),
            )
        ):
            grid.addWidget(label(name), row, 0)
            grid.addWidget(widget, row, 2)
        self.fill(grid, self._note)
        self._settings: ReductionSettings | None = None
        self.e0.valueChanged.connect(self._report)
        self.rbkg.valueChanged.connect(self._report)
        self.weight.chosen.connect(self._report)

    def show_view(self, view: View) -> None:
        """Show the reduction settings of the selected spectrum of ``view``."""
        reduction = view.entry.reduction if view.entry else None
        self.setVisible(reduction is not None)
        if reduction is None:
            return
        settings = self._settings = reduction.settings
        show_values((self.e0, settings.e0 or 0.0), (self.rbkg, settings.rbkg))
        self.weight.choose(WEIGHTS.index(settings.k_weight))
        self.reset.setVisible(settings != reduction.first)
        self._note.setText(_said(reduction))

    def _report(self, _value: object) -> None:
        if self._settings is not None:
            self.wanted.emit(
                replace(
                    self._settings,
                    rbkg=round(self.rbkg.value(), 3),
                    k_weight=WEIGHTS[self.weight.index],
                    e0=self.e0.value(),
                )
            )


def _said(reduction: Reduction) -> str:
    """Return the settings behind chi(k) and behind the imported one."""
    if reduction.settings == reduction.first:
        return "AUTOBK (larch), as imported."
    first = reduction.first
    e0 = wording.number(first.e0 or 0.0, 2)
    return (
        f"Imported (dotted in <i>χ</i>(<i>k</i>)): <i>E</i>₀ {e0} eV, rbkg "
        f"{wording.number(first.rbkg, 2)} Å, <i>k</i>-weight {first.k_weight}."
    )
