"""The card below the plots: the shells of the prediction, or all methods."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget

from app.analysis.method_rows import values_of
from app.analysis.method_table import MethodTable
from app.analysis.shell_table import ShellTable
from app.session.view import View
from app.widgets.basics import Card, icon_button, label, set_tone
from app.widgets.segments import Segments
from onne_core.values.prediction import Prediction

KEY_OF_BARS = "grey: training range · colour: 68 % and 95 % · tick: mean"
NO_MEASUREMENT = "Outside the training range: not measurements."
KEY_OF_METHODS = "! unreliable: hover for the reason"


class ShellsCard(Card):
    """Card with a table of shells; ``chosen`` carries the selected shell."""

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__("Shells")
        self.table, self.methods = ShellTable(), MethodTable()
        self.note = label(KEY_OF_BARS, "small")
        self.switch = Segments("Table", ("Networks", "All methods"))
        self.switch.choose(0)
        self.header.addWidget(self.note)
        self.header.addWidget(self.switch)
        self.header.addWidget(icon_button("copy", "Copy table", self.copy))
        self.stack = QStackedWidget()
        self.stack.addWidget(self.table)
        self.stack.addWidget(self.methods)
        self.body.addWidget(self.stack)
        self._labels: tuple[str, ...] = ()
        self._shell = 0
        self._is_outside = False
        self._beside: tuple[object, ...] = (None, None, None)
        self.table.chosen.connect(self.chosen)
        self.methods.chosen.connect(self._choose_row)
        self.switch.chosen.connect(self.show_table)

    def show_shells(self, view: View, prediction: Prediction, shell: int) -> None:
        """Show the shells of ``prediction`` in ``view``, number ``shell`` marked."""
        self._labels = tuple(item.label for item in prediction.shells)
        self._is_outside = prediction.verdict.name == "outside"
        self._shell = shell
        self.table.show_shells(prediction.shells, tuple(prediction.pairs), shell)
        self.stack.setFixedHeight(self.table.height())
        self.methods.show_rows(values_of(view))
        known = view.entry.known if view.entry else None
        beside = (view.comparison, view.other.prediction, known)
        has_others = any(item is not None for item in beside)
        self.switch.setVisible(has_others)
        came = view.comparison is not None and view.comparison is not self._beside[0]
        self._beside = beside
        if came or (self.stack.currentIndex() == 1 and not has_others):
            self.show_table(int(came))
        self._say()
        self.methods.show_shell(self._labels[shell])

    def show_table(self, index: int) -> None:
        """Show the networks' table (0) or that of all methods (1)."""
        self.switch.choose(index)
        self.stack.setCurrentIndex(index)
        self._say()

    def copy(self) -> None:
        """Put the table on screen on the clipboard."""
        (self.table, self.methods)[self.stack.currentIndex()].copy()

    def _say(self) -> None:
        if self.stack.currentIndex() == 1:
            text = KEY_OF_METHODS
        else:
            text = NO_MEASUREMENT if self._is_outside else KEY_OF_BARS
        self.note.setText(text)
        set_tone(self.note, "problem" if text == NO_MEASUREMENT else "small")

    def _choose_row(self, row: int) -> None:
        label_of_row = self.methods.rows[row].shell
        shell = self._labels.index(label_of_row)
        if shell != self._shell:
            self.chosen.emit(shell)
