"""A quantity of every member over its training; one member can be lifted."""

from dataclasses import dataclass, field

import numpy as np
from PySide6.QtCore import QEvent, QPointF, Signal
from PySide6.QtGui import QMouseEvent

from app.look.palette import Palette
from app.plots.plot import Plot
from app.plots.theme import DASHES, pen

NEAR = 9.0
"""Distance in px within which a curve is under the mouse."""

LABEL = 16.0
"""Height of a label at the end of a curve, px."""

TRAINING_DASH = (3.0, 2.5)
STEEP = 97.0
"""Percentile of the values up to which the picture shows them."""


@dataclass(frozen=True, eq=False)
class TrainingLine:
    """One curve of a member: epochs and values.

    Those of the training loss are ``dashed``. ``head`` numbers the shell that it is of,
    -1 where it is of all; ``name`` stands at its end while its member is lifted.
    """

    member: int
    x: np.ndarray = field(repr=False)
    y: np.ndarray = field(repr=False)
    dashed: bool = False
    head: int = -1
    name: str = ""


@dataclass(frozen=True, eq=False)
class TrainingPicture:
    """All curves, the name of their quantity, and who is lifted.

    ``running`` members are drawn in the accent; ``lifted`` -1 lifts none.
    """

    lines: tuple[TrainingLine, ...]
    left: str
    running: tuple[int, ...] = ()
    lifted: int = -1
    epochs: float = 0.0
    bottom: str = "epoch"
    starts_at_zero: bool = False


class TrainingPlot(Plot):
    """Plot of a :class:`TrainingPicture`.

    ``hovered`` and ``picked`` carry the member whose curve is under the mouse, -1 for
    none.
    """

    hovered = Signal(int)
    picked = Signal(int)

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._lines: tuple[TrainingLine, ...] = ()
        self._over = -1
        self._labelled: list[float] = []
        self._pressed = QPointF()
        self.viewport().setMouseTracking(True)
        self.body.setContentsMargins(4, 6, 26, 3)

    def draw(self, picture: TrainingPicture) -> None:
        """Draw ``picture``; losses may be negative, so the axis is linear."""
        self._lines = tuple(line for line in picture.lines if line.x.size)
        self._labelled = []
        palette = self.begin(bottom=picture.bottom, left=picture.left)
        if not self._lines:
            self.set_range((0.0, max(1.0, picture.epochs)), (0.0, 1.0))
            self.tell("No epoch finished yet.")
            return
        self.set_range(*_ranges(picture, self._lines))
        front = (picture.lifted,)
        for line in sorted(self._lines, key=lambda item: _depth(item, picture)):
            self._draw_line(line, picture, palette, is_lifted=line.member in front)
        self.tell(_sentence(picture, self._lines))

    def mouseMoveEvent(self, ev: QMouseEvent) -> None:
        """Tell whose curve is under the mouse."""
        super().mouseMoveEvent(ev)
        self._hover(self.member_at(ev.position()))

    def mousePressEvent(self, ev: QMouseEvent) -> None:
        """Remember where a click begins."""
        self._pressed = ev.position()
        super().mousePressEvent(ev)

    def mouseReleaseEvent(self, ev: QMouseEvent) -> None:
        """Pick the member whose curve was clicked."""
        super().mouseReleaseEvent(ev)
        if (ev.position() - self._pressed).manhattanLength() < NEAR:
            self.picked.emit(self.member_at(ev.position()))

    def leaveEvent(self, ev: QEvent) -> None:
        """End the highlight."""
        super().leaveEvent(ev)
        self._hover(-1)

    def member_at(self, position: QPointF) -> int:
        """Return the member whose curve is at a position of the widget, -1 for none."""
        nearest, member = NEAR, -1
        at = self.to_point(position).x()
        for line in self._lines:
            if not line.x[0] <= at <= line.x[-1]:
                continue
            y = float(np.interp(at, line.x, line.y))
            distance = abs(self.to_pixel(at, y).y() - position.y())
            if distance < nearest:
                nearest, member = distance, line.member
        return member

    def _hover(self, member: int) -> None:
        if member != self._over:
            self._over = member
            self.hovered.emit(member)

    def _draw_line(
        self,
        line: TrainingLine,
        picture: TrainingPicture,
        palette: Palette,
        *,
        is_lifted: bool,
    ) -> None:
        is_running = line.member in picture.running
        stands_out = is_lifted or (is_running and picture.lifted < 0)
        colour = palette.accent if is_lifted or is_running else palette.second
        dash = TRAINING_DASH if line.dashed else ()
        if line.head >= 0 and stands_out:
            colour = palette.of_pair(line.head)
            dash = DASHES[line.head % len(DASHES)]
        width = (1.3 if line.dashed else 2.2) if stands_out else 1.0
        opacity = 1.0 if stands_out else 0.55 if is_running else 0.4
        self.curve(line.x, line.y, pen(colour, width, dash=dash, opacity=opacity))
        if not stands_out or line.dashed:
            return
        x, y = float(line.x[-1]), float(line.y[-1])
        if is_running:
            self.dot(x, y, colour)
        if line.name and is_lifted:
            self._label(line.name, x, y, colour)

    def _label(self, text: str, x: float, y: float, colour: str) -> None:
        """Write ``text`` at the end of a curve, where there is room for it."""
        tall = self._highest - self._lowest
        line = LABEL * tall / (self.body.box.height() or 1.0)
        while any(abs(y - other) < line for other in self._labelled):
            y += line
        self._labelled.append(y)
        at_end = x > self._x[0] + 0.85 * (self._x[1] - self._x[0])
        pixels = self.body.box.width() or 1.0
        shift = 8.0 * (self._x[1] - self._x[0]) / pixels
        if at_end:
            self.note(text, x, y, colour, anchor=(1.0, 1.2))
        else:
            self.note(text, x + shift, y, colour, anchor=(0.0, 0.5))


def _depth(line: TrainingLine, picture: TrainingPicture) -> int:
    if line.member == picture.lifted:
        return 2
    return int(line.member in picture.running)


def _ranges(
    picture: TrainingPicture, lines: tuple[TrainingLine, ...]
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return x and y ranges; the first steep fall may leave the picture."""
    values = np.concatenate([line.y[np.isfinite(line.y)] for line in lines])
    if not values.size:
        values = np.zeros(1)
    lower, upper = float(values.min()), float(np.percentile(values, STEEP))
    if picture.starts_at_zero:
        lower = 0.0
    last = max(picture.epochs, *(float(line.x[-1]) for line in lines), 1.0)
    margin = 0.08 * (upper - lower) or 1.0
    foot = 0.0 if picture.starts_at_zero else lower - margin
    return (0.0, 1.02 * last), (foot, upper + margin)


def _sentence(picture: TrainingPicture, lines: tuple[TrainingLine, ...]) -> str:
    members = {line.member for line in lines}
    ends = [float(line.y[-1]) for line in lines if not line.dashed]
    running = ", ".join(str(member + 1) for member in picture.running)
    more = f" Running: {running}." if running else ""
    span = f"{min(ends):.3g} to {max(ends):.3g}"
    return f"{len(members)} networks; final {span}.{more}"
