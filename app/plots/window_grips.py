"""Two grips at the top of chi(k) that move the ends of the window of its transform."""

from typing import Literal

from PySide6.QtCore import QEvent, QObject, QPointF, Signal
from PySide6.QtGui import QFocusEvent

from app.look import theme
from app.look.wording import number
from app.plots.labelled_grip import HEIGHT, HIT, LabelledGrip
from app.plots.plane import Plane

End = Literal["start", "end"]
Window = tuple[float, float]

LABEL = 60
"""Room for the value beside a grip, px."""

LARGEST_K = 20.0
NARROWEST = 1.0
"""Farthest end and smallest width of the window, Å^-1."""


def window_with(window: Window, end: End, value: float) -> Window:
    """Return ``window`` (Å^-1) with one end moved towards ``value``, to tenths."""
    k_min, k_max = window
    if end == "start":
        k_min = min(max(value, 0.0), k_max - NARROWEST)
    else:
        k_max = max(min(value, LARGEST_K), k_min + NARROWEST)
    return round(k_min, 1), round(k_max, 1)


class WindowGrip(LabelledGrip):
    """Grip of one end; it shows its value while it is used."""

    fine, coarse = 0.1, 0.5
    label = LABEL

    def __init__(self, end: End, parent: Plane) -> None:
        super().__init__(parent)
        self.end: End = end
        self.is_left = end == "start"
        self._value = ""
        self.setFixedSize(HIT + LABEL, HEIGHT)
        self.setToolTip(
            f"Drag to move the {end} of the FT window of the plots; the networks keep "
            "theirs. Arrow keys move it by 0.1 Å⁻¹, with Shift by 0.5 Å⁻¹; Esc cancels."
        )
        self.hide()

    def show_value(self, value: float) -> None:
        """Show the end at ``value`` (Å^-1)."""
        self._value = f"{number(value, 1)} Å⁻¹"
        self._say()

    def handle_left(self) -> float:
        """Return where the handle begins, px; the value is on the outer side."""
        return float(LABEL) if self.is_left else 0.0

    def _say(self) -> None:
        is_used = self.hasFocus() or self.is_dragging or self.underMouse()
        name = f"{self.end.capitalize()} of the FT window"
        colour = theme.current().second
        self.show_text(self._value if is_used else "", colour, name)
        self.setAccessibleDescription(self._value)

    def enterEvent(self, event: QEvent) -> None:  # type: ignore[override]
        """Show the value."""
        self._say()

    def leaveEvent(self, event: QEvent) -> None:
        """Hide the value."""
        self._say()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the value."""
        super().focusInEvent(event)
        self._say()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Hide the value."""
        super().focusOutEvent(event)
        self._say()


class WindowGrips(QObject):
    """Grips of both ends on ``plot``; signals carry the wanted window (Å^-1)."""

    moved = Signal(float, float)
    put = Signal(float, float)
    stepped = Signal(float, float)
    restored = Signal()

    def __init__(self, plot: Plane) -> None:
        super().__init__(plot)
        self._plot = plot
        self._window: Window | None = None
        self._wanted: Window | None = None
        self.ends = (WindowGrip("start", plot), WindowGrip("end", plot))
        for grip in self.ends:
            grip.dragged.connect(self._drag)
            grip.dropped.connect(self._drop)
            grip.restored.connect(self._restore)
            grip.stepped.connect(self._step)
        plot.moved.connect(self._place)

    def show_window(self, window: Window) -> None:
        """Put the grips at the ends of ``window``."""
        self._window = window
        for grip, value in zip(self.ends, window, strict=True):
            grip.show_value(value)
        self._place()

    def _place(self) -> None:
        if self._window is None:
            return
        frame = self._plot.frame
        for grip, value in zip(self.ends, self._window, strict=True):
            x = self._plot.to_pixel(value, 0.0).x()
            grip.setVisible(frame.left() - 1.0 <= x <= frame.right() + 1.0)
            grip.move_to(x, frame.top() - 1.0)

    def _moved(self, value: float) -> Window | None:
        grip = self.sender()
        if self._window is None or not isinstance(grip, WindowGrip):
            return None
        return window_with(self._window, grip.end, value)

    def _drag(self, x: float) -> None:
        self._wanted = self._moved(self._plot.to_point(QPointF(x, 0.0)).x())
        if self._wanted is not None:
            self.moved.emit(*self._wanted)

    def _drop(self) -> None:
        # A click that moves nothing sets nothing.
        wanted, self._wanted = self._wanted, None
        if wanted is not None:
            self.put.emit(*wanted)

    def _restore(self) -> None:
        self._wanted = None
        self.restored.emit()

    def _step(self, step: float) -> None:
        grip = self.sender()
        if self._window is None or not isinstance(grip, WindowGrip):
            return
        at = self._window[grip.end == "end"]
        wanted = self._moved(at + step)
        if wanted is not None and wanted != self._window:
            self.stepped.emit(*wanted)
