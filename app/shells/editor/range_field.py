"""Range as editable text, above a bar that shows its position."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.look import theme
from app.shells.editor.range_text import allowed_in, read_range, shifted, written
from app.widgets.fields import LineEdit
from app.widgets.layouts import column_of
from onne_core.errors import DefinitionError
from onne_core.values.recipe import Bounds
from onne_core.values.structure import Range


class RangeField(QWidget):
    """Field that reports an ``entered`` range, or why it is ``refused``.

    With the range it says whether that is one of several steps.
    The text of a refusal is "" once it is fixed. Up and Down move both ends by
    ``step``, ten times that with Shift; Esc takes back what was typed.
    """

    entered = Signal(object, bool)
    refused = Signal(str)
    focused = Signal()

    def __init__(
        self,
        name: str,
        bounds: Bounds,
        *,
        step: float,
        decimals: int,
        shown: tuple[float, float] | None = None,
    ) -> None:
        super().__init__()
        self._bounds, self._step, self._decimals = bounds, step, decimals
        self._range = Range(bounds.lowest, bounds.lowest)
        self.problem = ""
        self.text = _Text(name, self)
        self.text.setToolTip(
            f"Enter two numbers, or one for a fixed value; {allowed_in(bounds)}. Up "
            f"and Down shift both by {step:g}, with Shift by {10 * step:g}."
        )
        self.bar = RangeBar(shown) if shown is not None else None
        self.text.setProperty("role", "range" if self.bar is not None else "")
        layout = column_of(self.text, within=self, spacing=1)
        if self.bar is not None:
            self.text.setAlignment(Qt.AlignmentFlag.AlignCenter)
            layout.addWidget(self.bar)
        self.setFocusProxy(self.text)
        self.text.editingFinished.connect(self._take)
        self.text.textEdited.connect(lambda _text: self.say(""))
        self.text.focused.connect(self.focused)

    def show_range(self, item: Range, colour: str = "") -> None:
        """Show ``item``; refused text stays until the value changes."""
        if self.bar is not None:
            self.bar.show_range(item, colour)
        text = written(item, self._decimals)
        if item == self._range and (self.problem or self.text.text() == text):
            return
        if item == self._range and self.text.hasFocus() and self.text.isModified():
            return
        self._range = item
        self._show(text)

    def step(self, sign: int, *, coarse: bool) -> None:
        """Move the whole range by one step."""
        by = sign * self._step * (10 if coarse else 1)
        item = shifted(self._range, by, self._bounds)
        if item != self._range:
            self.entered.emit(item, True)

    def restore(self) -> None:
        """Restore the last valid text."""
        self._show(written(self._range, self._decimals))

    def _show(self, text: str) -> None:
        self.text.setText(text)
        self.text.setModified(False)
        self.say("")

    def _take(self) -> None:
        if not self.text.isModified() and not self.problem:
            return
        try:
            item = read_range(self.text.text(), self._bounds)
        except DefinitionError as error:
            self.say(str(error))
            return
        self.text.setModified(False)
        if item == self._range:
            self.restore()
            return
        self.say("")
        self.entered.emit(item, False)

    def say(self, problem: str) -> None:
        """Mark the text as invalid, for a given reason; "" if there is none."""
        if problem == self.problem:
            return
        self.problem = problem
        self.text.setProperty("state", "wrong" if problem else "")
        self.text.setAccessibleDescription(problem)
        self.text.style().unpolish(self.text)
        self.text.style().polish(self.text)
        self.refused.emit(problem)


class _Text(LineEdit):
    """Line edit that leaves some keys to the field."""

    focused = Signal()

    def __init__(self, name: str, field: RangeField) -> None:
        super().__init__()
        self._field = field
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(56)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Signal the focus."""
        super().focusInEvent(event)
        self.focused.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move by arrows, restore by Esc."""
        key, modifiers = Qt.Key(event.key()), event.modifiers()
        if modifiers & Qt.KeyboardModifier.AltModifier:
            event.ignore()
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            coarse = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
            self._field.step(1 if key == Qt.Key.Key_Up else -1, coarse=coarse)
        elif key == Qt.Key.Key_Escape and (self.isModified() or self._field.problem):
            self._field.restore()
        else:
            super().keyPressEvent(event)


class RangeBar(QWidget):
    """Thin line with the range on it, relative to the ``shown`` span."""

    HEIGHT = 8

    def __init__(self, shown: tuple[float, float]) -> None:
        super().__init__()
        self._shown = shown
        self._range = Range(*shown)
        self._colour = ""
        self.setFixedHeight(self.HEIGHT)

    def show_range(self, item: Range, colour: str) -> None:
        """Show ``item`` in ``colour``."""
        if (item, colour) != (self._range, self._colour):
            self._range, self._colour = item, colour
            self.update()

    def sizeHint(self) -> QSize:
        """Return a width that suits a column."""
        return QSize(90, self.HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the line and the range on it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        palette = theme.current()
        width, left = self.width() - 12.0, 6.0
        painter.setBrush(QColor(palette.prior))
        painter.drawRoundedRect(QRectF(left, 2, width, 3), 1.5, 1.5)
        lowest, highest = self._shown
        ends = (
            min(max((end - lowest) / (highest - lowest), 0.0), 1.0)
            for end in (self._range.lower, self._range.upper)
        )
        start, end = ends
        painter.setBrush(QColor(self._colour or palette.accent))
        length = max((end - start) * width, 4.0)
        at = min(left + start * width, left + width - length)
        painter.drawRoundedRect(QRectF(at, 1, length, 5), 2.5, 2.5)
        painter.end()
