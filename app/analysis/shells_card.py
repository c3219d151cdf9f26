"""The card below the plots: the shells of the prediction, or all methods."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QMenu, QStackedWidget, QWidget

from app.analysis.explained_label import ExplainedLabel
from app.analysis.method_rows import values_of
from app.analysis.method_table import MethodTable
from app.analysis.pictures import amplitude_picture
from app.analysis.plots.amplitude_plot import AmplitudePlot
from app.analysis.shell_table import ShellTable
from app.look import theme, wording
from app.look.rich_text import safe_tip
from app.look.wording import signed
from app.session.view import View
from app.widgets.basics import Card, add_entry, icon_button, label, set_tone
from app.widgets.layouts import column_of, row_of
from app.widgets.segments import Segments
from onne_core.results.amplitude import amplitude
from onne_core.results.conventional_report import answered_by
from onne_core.values.prediction import Method, Prediction

KEY_OF_BARS = "grey: training range · colour: 68 % and 95 % · tick: mean"
NO_MEASUREMENT = "Outside the training range: not measurements."
KEY_OF_METHODS = "! unreliable: hover for the reason"

METHODS: tuple[Method, ...] = ("joint", "networks")
ALL = len(METHODS)
"""What the first segments choose; the last one shows all methods."""

NO_JOINT = (
    "This ensemble has no joint fit: it is of an older version, or cannot calculate "
    "χ(k) back. Train it again to get one."
)
NO_BETTER = (
    "This ensemble has no joint fit: for held-out spectra the networks alone were "
    "better."
)
NOTHING_BESIDE = (
    "There is nothing to compare yet: use Compare at the right for a conventional fit, "
    "another ensemble or a known g(r)."
)

CORRELATED = (
    "The amplitude of χ(k) tells the product N S₀². Where N and S₀² are correlated "
    "near −1, an S₀² from a standard makes N more certain."
)

LEAST_TABLE, AMPLITUDE = 560, 196
"""Width that the table needs, and that of the plot beside it, px."""

LEAST_AMPLITUDE = 132
"""Least height of the plot with its title, px."""


class ShellsCard(Card):
    """Card with a table of shells; ``chosen`` carries the selected shell.

    ``method_chosen`` carries what is to answer from now on, ``limits_reset`` asks for
    the limits at the minima of g(r).
    """

    chosen = Signal(int)
    method_chosen = Signal(str)
    limits_reset = Signal()

    def __init__(self, amplitude: AmplitudePlot) -> None:
        super().__init__("Shells")
        self.table, self.methods = ShellTable(), MethodTable()
        self.explained = ExplainedLabel()
        self.note = label(KEY_OF_BARS, "small")
        self.switch = Segments("Answer", ("Joint", "Networks", "All methods"))
        self._copy = icon_button("copy", "Copy table", self.copy)
        self.header.insertWidget(1, self.explained)
        self.header.addWidget(self.note)
        self.header.addWidget(self.switch)
        self.header.addWidget(self._copy)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.table)
        self.stack.addWidget(self.methods)
        self.amplitude = amplitude
        self._product = label("", "small")
        self._beside_table = _titled(amplitude, self._product)
        self.body.addLayout(row_of((self.stack, 1), self._beside_table, spacing=12))
        self._labels: tuple[str, ...] = ()
        self._shell = 0
        self._is_outside = False
        self._has_amplitude = False
        self._answer: Method = "networks"
        self._comparison: object = None
        self.table.chosen.connect(self.chosen)
        self.methods.chosen.connect(self._choose_row)
        self.switch.chosen.connect(self._choose)

    def show_shells(self, view: View, prediction: Prediction, shell: int) -> None:
        """Show the shells of ``prediction`` in ``view``, number ``shell`` marked."""
        self._labels = tuple(item.label for item in prediction.shells)
        self._is_outside = prediction.verdict.name == "outside"
        self._shell = shell
        self._answer = _answer(view)
        self.explained.show_back(prediction.back)
        pairs, method = tuple(prediction.pairs), answered_by(prediction)
        self.table.show_shells(prediction.shells, pairs, shell, method)
        self.methods.show_rows(values_of(view))
        came = view.comparison is not None and view.comparison is not self._comparison
        self._comparison = view.comparison
        has_others = self._offer(view)
        is_all = (self.stack.currentIndex() == 1 or came) and has_others
        picture = amplitude_picture(prediction, shell)
        self._has_amplitude = picture is not None
        if picture is not None:
            self.amplitude.draw(picture)
            self._say_product(prediction, shell, picture.correlation)
        self.show_table(int(is_all))
        self.methods.show_shell(self._labels[shell])

    def show_table(self, index: int) -> None:
        """Show the table of the answer (0) or that of all methods (1)."""
        self.switch.choose(ALL if index else METHODS.index(self._answer))
        self.stack.setCurrentIndex(index)
        self._arrange()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done with the shells."""
        menu = QMenu(self)
        add_entry(menu, "Copy table", self.copy)
        is_all = self.stack.currentIndex() == 1
        other = "Show the answer" if is_all else "Show all methods"
        can = is_all or self.switch.buttons[ALL].isEnabled()
        add_entry(menu, other, lambda: self.show_table(int(not is_all)), can=can)
        menu.addSeparator()
        add_entry(menu, "Reset shell limits", self.limits_reset.emit)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(event.globalPos())

    def copy(self) -> None:
        """Put the table on screen on the clipboard."""
        (self.table, self.methods)[self.stack.currentIndex()].copy()

    def resizeEvent(self, event) -> None:  # noqa: ANN001 - Qt's name
        """Give what is least needed no room where the table needs it."""
        super().resizeEvent(event)
        self._arrange()

    def _offer(self, view: View) -> bool:
        """Enable what can be chosen; return whether there are several methods."""
        info = view.ensemble
        has_joint = info is not None and info.has_joint
        beside = (view.comparison, view.other.prediction, view.beside.prediction)
        known = view.entry.known if view.entry else None
        has_others = has_joint or any(item is not None for item in (*beside, known))
        reason = NO_BETTER if info is not None and info.card.joint else NO_JOINT
        for index, can, tip in (
            (0, has_joint, reason),
            (1, True, ""),
            (ALL, has_others, NOTHING_BESIDE),
        ):
            self.switch.buttons[index].setEnabled(can)
            self.switch.buttons[index].setToolTip("" if can else tip)
        return has_others

    def _choose(self, index: int) -> None:
        if index == ALL:
            self.show_table(1)
            return
        method = METHODS[index]
        is_other, self._answer = method != self._answer, method
        self.show_table(0)
        if is_other:
            self.method_chosen.emit(method)

    def _arrange(self) -> None:
        """Show the plot and the key of the bars where there is room for them."""
        inside = self.width() - 2 * theme.PADDING
        is_all = self.stack.currentIndex() == 1
        needed = theme.scaled(LEAST_TABLE) + self._beside_table.width()
        has_plot = self._has_amplitude and not is_all and inside >= needed
        self._beside_table.setVisible(has_plot)
        height = self.table.height()
        if has_plot:
            height = max(height, theme.scaled(LEAST_AMPLITUDE))
        self.stack.setFixedHeight(height)
        self._beside_table.setFixedHeight(height)
        self._say(inside, is_all=is_all)

    def _say_product(self, prediction: Prediction, shell: int, rho: float) -> None:
        """Say N S0^2 of the selected shell, which the amplitude itself tells."""
        found = amplitude(prediction, shell)
        self._product.setVisible(found is not None)
        if found is not None:
            value, std = wording.value_and_std(found)
            self._product.setText(
                f"N <i>S</i>₀² {value} ± {std}, corr. {signed(rho, 2)}"
            )
            self._product.setToolTip(CORRELATED)

    def _say(self, inside: int, *, is_all: bool) -> None:
        text = KEY_OF_METHODS if is_all else KEY_OF_BARS
        if self._is_outside and not is_all:
            text = NO_MEASUREMENT
        self.note.setText(text)
        self.heading.setToolTip(safe_tip(text))
        set_tone(self.note, "problem" if text == NO_MEASUREMENT else "small")
        others = (self.heading, self.explained, self.note, self.switch, self._copy)
        shown = [one.sizeHint().width() for one in others if not one.isHidden()]
        if self.note.isHidden():
            shown.append(self.note.sizeHint().width())
        room = inside - sum(shown) - self.header.spacing() * (len(others) + 1)
        self.note.setVisible(text == NO_MEASUREMENT or room >= 0)

    def _choose_row(self, row: int) -> None:
        label_of_row = self.methods.rows[row].shell
        shell = self._labels.index(label_of_row)
        if shell != self._shell:
            self.chosen.emit(shell)


def _answer(view: View) -> Method:
    """Return what answers: the choice for the spectrum, where there is a joint fit."""
    if view.entry is None or view.ensemble is None or not view.ensemble.has_joint:
        return "networks"
    return view.entry.method


def _titled(plot: AmplitudePlot, below: QWidget) -> QWidget:
    """Return ``plot`` below its title, and what stands below it."""
    titled = QWidget()
    title = label("<i>S</i>₀² against CN, 68 % and 95 %", "small")
    column_of(title, (plot, 1), below, within=titled, spacing=0)
    titled.setFixedWidth(AMPLITUDE)
    return titled
