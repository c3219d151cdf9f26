"""Text size: everything with a size in pixels follows it, at once.

Fonts and the style sheet are rebuilt by ``theme``. Sizes that widgets were given
in code are multiplied here; those of widgets that come later, when they are first
shown.
"""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,  # noqa: TID251 - only asked for
    QDialog,
    QLineEdit,
    QMainWindow,
    QTableView,
    QWidget,
)

from app.look import theme

SIZES = (0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 1.75, 2.0)
USUAL = 1.0
WIDE_SCREEN, SIZE_THERE = 3200, 1.5
"""A screen this wide that is not scaled by the desktop starts with larger text."""

NO_LIMIT = 16_777_215
"""Qt's maximum of a widget that has none, pixels."""

APPLIED = "textSize"
LIMITS = "sizeLimits"
"""Limits as designed, and as they were set for the present text."""

STYLED = (QAbstractButton, QAbstractSpinBox, QComboBox, QLineEdit)
"""Widgets whose least height the style sheet says."""

OWN = "ownTextSize"
"""Property of widgets that take care of their sizes themselves."""
_POLISHED = Qt.WidgetAttribute.WA_WState_Polished


class TextSize(QObject):
    """Applies one size to all windows of the application."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._is_watching = False

    def apply(self, size: float) -> None:
        """Apply text size ``size`` to all present and future widgets."""
        application = QApplication.instance()
        if not isinstance(application, QApplication):
            return
        theme.set_text_size(size)
        # The font first: the style sheet keeps what it finds when it is applied.
        application.setFont(theme.font())
        theme.apply(application, theme.current())
        if not self._is_watching:
            if size == USUAL:
                return  # as all widgets were designed
            application.installEventFilter(self)
            self._is_watching = True
        for widget in application.allWidgets():
            if widget.testAttribute(_POLISHED):
                fit(widget)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Fit widgets shown for the first time."""
        if event.type() == QEvent.Type.Polish and isinstance(watched, QWidget):
            fit(watched)
        return False


def first_size() -> float:
    """Return the initial text size for this screen."""
    screen = QApplication.primaryScreen()
    is_wide = screen.availableGeometry().width() >= WIDE_SCREEN
    return SIZE_THERE if is_wide and screen.devicePixelRatio() < SIZE_THERE else USUAL


def next_size(size: float, step: int) -> float:
    """Return the size ``step`` steps above ``size``, or the last one there is."""
    nearest = min(range(len(SIZES)), key=lambda i: abs(SIZES[i] - size))
    return SIZES[min(max(nearest + step, 0), len(SIZES) - 1)]


def fit(widget: QWidget) -> None:
    """Scale the fixed sizes of ``widget`` to the current text size."""
    before = widget.property(APPLIED) or USUAL
    ratio = theme.text_size() / before
    widget.setProperty(APPLIED, theme.text_size())
    if ratio == 1.0 or _stands_alone(widget) or widget.property(OWN):
        return
    _fit_limits(widget, ratio)
    if isinstance(widget, QAbstractButton):
        widget.setIconSize(widget.iconSize() * ratio)
    if isinstance(widget, QTableView):
        rows = widget.verticalHeader()
        rows.setDefaultSectionSize(round(rows.defaultSectionSize() * ratio))
    layout = widget.layout()
    if layout is not None:
        layout.setContentsMargins(layout.contentsMargins() * ratio)
    widget.updateGeometry()


def _stands_alone(widget: QWidget) -> bool:
    """Return whether ``widget`` is a window; a part that has no parent yet is none."""
    if not widget.isWindow():
        return False
    is_plain = widget.windowType() == Qt.WindowType.Window
    return not is_plain or isinstance(widget, QDialog | QMainWindow)


def _fit_limits(widget: QWidget, ratio: float) -> None:
    """Multiply the limits; sizes go back to exactly what they were at first."""
    now = (*widget.minimumSize().toTuple(), *widget.maximumSize().toTuple())
    designed, fitted = widget.property(LIMITS) or (None, None)
    if fitted is None or tuple(fitted) != now:
        before = theme.text_size() / ratio
        designed = tuple(_of_limit(value, 1.0 / before) for value in now)
    assert designed is not None  # set above where it was missing
    new = [_of_limit(value, theme.text_size()) for value in designed]
    if isinstance(widget, STYLED) and designed[1] != designed[3]:
        new[1] = now[1]  # the style sheet's, which is written anew
    widget.setMinimumSize(0, 0)
    widget.setMaximumSize(new[2], new[3])
    widget.setMinimumSize(new[0], new[1])
    widget.setProperty(LIMITS, (designed, tuple(new)))


def _of_limit(value: float, ratio: float) -> int:
    return NO_LIMIT if value >= NO_LIMIT else round(value * ratio)
