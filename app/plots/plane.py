"""A part of the plane on screen: two axes, their ranges, and the visible part."""

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from app.plots.axis import Axis
from app.plots.body import Body

DEEPEST = 200.0
"""Largest magnification of either axis."""


def within(wanted: QRectF, home: QRectF) -> QRectF | None:
    """Return the part ``wanted`` of the plane moved and cut to ``home``.

    ``None`` where that is all of ``home``.
    """
    width = min(max(wanted.width(), home.width() / DEEPEST), home.width())
    height = min(max(wanted.height(), home.height() / DEEPEST), home.height())
    left = min(
        max(wanted.center().x() - 0.5 * width, home.left()), home.right() - width
    )
    top = min(
        max(wanted.center().y() - 0.5 * height, home.top()), home.bottom() - height
    )
    if width >= home.width() * 0.999 and height >= home.height() * 0.999:
        return None
    return QRectF(left, top, width, height)


class Plane(pg.GraphicsView):
    """A view of the plane; a subclass draws into it.

    ``clicked`` carries the point under a click that was no drag, ``moved`` tells that
    points have other positions in the widget.
    """

    clicked = Signal(QPointF)
    moved = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 90)
        self.setAntialiasing(True)
        self.enableMouse(False)
        self.body = Body()
        self.body.setContentsMargins(4, 6, 14, 3)
        self.body.show_grid("left", "bottom", alpha=0.14)
        self.setCentralItem(self.body)
        self._x, self._lowest, self._highest = (0.0, 1.0), 0.0, 1.0
        self._room = 0.0
        self._part: QRectF | None = None
        self.body.box.sigResized.connect(self._refit)

    def axis(self, side: str) -> Axis:
        """Return the axis at the ``left`` or ``bottom``."""
        return self.body.axis(side)

    def set_range(
        self, x: tuple[float, float], y: tuple[float, float], *, room: float = 0.0
    ) -> None:
        """Show this part of the plane, and ``room`` px above it for labels."""
        self._x, (self._lowest, self._highest), self._room = x, y, room
        self._fit()

    def to_pixel(self, x: float, y: float) -> QPointF:
        """Return the position in the widget of a point of the plot."""
        box = self.body.box
        return QPointF(self.mapFromScene(box.mapViewToScene(QPointF(x, y))))

    def to_point(self, position: QPointF) -> QPointF:
        """Return the point of the plot at a position in the widget."""
        box = self.body.box
        return box.mapSceneToView(self.mapToScene(position.toPoint()))

    @property
    def is_zoomed(self) -> bool:
        """True if only a part is shown."""
        return self._part is not None

    @property
    def shown(self) -> QRectF:
        """The part of the plane on screen; its height counts upwards."""
        return QRectF(self._part) if self._part is not None else self._home()

    @property
    def frame(self) -> QRectF:
        """Rectangle of the curves, in the widget."""
        box = self.body.box
        corners = self.mapFromScene(box.sceneBoundingRect())
        return QRectF(corners.boundingRect())

    def show_part(self, part: QRectF) -> None:
        """Show ``part`` of the plane, as far as there is something to see."""
        self._part = within(part, self._home())
        self._fit()

    def show_all(self) -> None:
        """Show everything."""
        self._part = None
        self._fit()

    def values_at(self, point: QPointF) -> str:
        """Return what stands at the abscissa of ``point``, as rich text."""
        return ""

    def _refit(self, _box: pg.ViewBox) -> None:
        self._fit()

    def _home(self) -> QRectF:
        """Return everything: the ranges that were set, with the room for labels."""
        height = float(self.body.box.height())
        share = min(0.5, self._room / height) if height > 1.0 else 0.0
        tall = (self._highest - self._lowest) / (1.0 - share)
        return QRectF(self._x[0], self._lowest, self._x[1] - self._x[0], tall)

    def _fit(self) -> None:
        shown = self.shown
        self.body.show_range(
            (shown.left(), shown.right()), (shown.top(), shown.bottom())
        )
        self.moved.emit()
