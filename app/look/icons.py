"""Line icons, drawn on a grid of 16 units and tinted with the palette's colours."""

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QIcon,
    QIconEngine,
    QPainter,
    QPainterPath,
    QPen,
    QPixmap,
    QPolygonF,
    QTransform,
)

from app.look import theme

GRID = 16.0
STROKE = 1.4


def icon(name: str, role: str = "text") -> QIcon:
    """Return icon ``name`` in the palette's colour ``role``, sharp at every scale.

    It follows the palette in use and needs no replacement when that changes.
    """
    return QIcon(_Engine(name, role))


def paint(painter: QPainter, name: str, rectangle: QRectF, colour: QColor) -> None:
    """Draw icon ``name`` into ``rectangle``."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(rectangle.topLeft())
    painter.scale(rectangle.width() / GRID, rectangle.height() / GRID)
    pen = QPen(colour, STROKE)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(PATHS[name]())
    painter.restore()


class _Engine(QIconEngine):
    """Icon engine that paints at any size."""

    def __init__(self, name: str, role: str) -> None:
        super().__init__()
        self._name, self._role = name, role

    def paint(
        self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State
    ) -> None:
        """Draw the icon into ``rect``."""
        role = "border" if mode == QIcon.Mode.Disabled else self._role
        colour = QColor(getattr(theme.current(), role))
        paint(painter, self._name, QRectF(rect), colour)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """Return the icon on a transparent ground."""
        result = QPixmap(size)
        result.fill(Qt.GlobalColor.transparent)
        painter = QPainter(result)
        self.paint(painter, result.rect(), mode, state)
        painter.end()
        return result

    def clone(self) -> QIconEngine:
        """Return a copy, as Qt demands."""
        return _Engine(self._name, self._role)


def _lines(*strokes: tuple[tuple[float, float], ...]) -> QPainterPath:
    path = QPainterPath()
    for stroke in strokes:
        path.addPolygon(QPolygonF([QPointF(x, y) for x, y in stroke]))
    return path


def _circle(x: float, y: float, radius: float) -> QPainterPath:
    path = QPainterPath()
    path.addEllipse(QPointF(x, y), radius, radius)
    return path


def _box(x: float, y: float, w: float, h: float, radius: float = 1.0) -> QPainterPath:
    path = QPainterPath()
    path.addRoundedRect(QRectF(x, y, w, h), radius, radius)
    return path


def _joined(*paths: QPainterPath) -> QPainterPath:
    result = QPainterPath()
    for path in paths:
        result.addPath(path)
    return result


def _wave() -> QPainterPath:
    path = QPainterPath(QPointF(1.5, 8.0))
    path.cubicTo(3.0, -1.0, 5.5, 1.0, 6.5, 8.0)
    path.cubicTo(7.6, 16.0, 9.6, 15.0, 10.8, 8.0)
    path.cubicTo(11.6, 3.5, 13.4, 3.5, 14.5, 8.0)
    return path


def _decay() -> QPainterPath:
    path = QPainterPath(QPointF(4.6, 3.0))
    path.cubicTo(5.6, 9.0, 8.0, 10.6, 14.0, 10.8)
    return _joined(_lines(((2.0, 1.5), (2.0, 14.0), (14.5, 14.0))), path)


def _turn(*, forwards: bool) -> QPainterPath:
    path = QPainterPath(QPointF(3.0, 6.0))
    path.lineTo(9.5, 6.0)
    path.cubicTo(14.6, 6.0, 14.6, 13.0, 9.5, 13.0)
    path.lineTo(7.0, 13.0)
    head = _lines(((6.0, 3.0), (3.0, 6.0), (6.0, 9.0)))
    both = _joined(path, head)
    return QTransform(-1, 0, 0, 1, GRID, 0).map(both) if forwards else both


def _edge() -> QPainterPath:
    path = QPainterPath(QPointF(1.5, 13.0))
    path.lineTo(5.4, 13.0)
    path.cubicTo(6.6, 13.0, 6.0, 2.4, 7.4, 2.4)
    path.cubicTo(8.6, 2.4, 8.8, 6.6, 10.2, 6.6)
    path.cubicTo(11.6, 6.6, 12.2, 4.6, 14.5, 5.0)
    return path


PATHS: dict[str, Callable[[], QPainterPath]] = {
    "data": _edge,
    "shells": lambda: _joined(
        _circle(8, 8, 6.3), _circle(8, 8, 3.7), _circle(8, 8, 1.0)
    ),
    "structures": lambda: _lines(
        (
            (8, 1.6),
            (13.8, 4.8),
            (13.8, 11.2),
            (8, 14.4),
            (2.2, 11.2),
            (2.2, 4.8),
            (8, 1.6),
        ),
        ((2.2, 4.8), (8, 8), (13.8, 4.8)),
        ((8, 8), (8, 14.4)),
    ),
    "training": _decay,
    "analysis": _wave,
    "series": lambda: _joined(
        _box(2, 2, 12, 12),
        _lines(
            ((2, 6), (14, 6)),
            ((2, 10), (14, 10)),
            ((6, 2), (6, 14)),
            ((10, 2), (10, 14)),
        ),
    ),
    "undo": lambda: _turn(forwards=False),
    "redo": lambda: _turn(forwards=True),
    "copy": lambda: _joined(
        _box(5.5, 5.5, 8.5, 8.5), _lines(((10.5, 2.2), (2.2, 2.2), (2.2, 10.5)))
    ),
    "export": lambda: _lines(
        ((8, 10), (8, 2)),
        ((5, 5), (8, 2), (11, 5)),
        ((2.5, 9), (2.5, 13.5), (13.5, 13.5), (13.5, 9)),
    ),
    "open": lambda: _lines(
        ((2, 13), (2, 3.4), (6.2, 3.4), (7.8, 5.4), (14, 5.4), (14, 13), (2, 13))
    ),
    "play": lambda: _lines(((4.6, 2.8), (12.6, 8), (4.6, 13.2), (4.6, 2.8))),
    "plus": lambda: _lines(((8, 3), (8, 13)), ((3, 8), (13, 8))),
    "close": lambda: _lines(((4, 4), (12, 12)), ((12, 4), (4, 12))),
    "take": lambda: _lines(
        ((8, 2), (8, 10)),
        ((5, 7), (8, 10), (11, 7)),
        ((2.5, 9), (2.5, 13.5), (13.5, 13.5), (13.5, 9)),
    ),
    "left": lambda: _lines(((10, 3), (5, 8), (10, 13))),
    "right": lambda: _lines(((6, 3), (11, 8), (6, 13))),
    "remove": lambda: _lines(
        ((3, 4.4), (13, 4.4)),
        ((6, 4.4), (6.4, 2.4), (9.6, 2.4), (10, 4.4)),
        ((4.2, 4.4), (5, 13.8), (11, 13.8), (11.8, 4.4)),
    ),
    "inside": lambda: _joined(
        _circle(8, 8, 6.2), _lines(((5, 8.2), (7.2, 10.4), (11, 5.8)))
    ),
    "borderline": lambda: _lines(
        ((8, 2.2), (14.6, 13.6), (1.4, 13.6), (8, 2.2)),
        ((8, 6.4), (8, 9.8)),
        ((8, 11.8), (8, 11.9)),
    ),
    "outside": lambda: _joined(
        _box(2.2, 2.2, 11.6, 11.6, 1.5),
        _lines(((5.4, 5.4), (10.6, 10.6)), ((10.6, 5.4), (5.4, 10.6))),
    ),
    "note": lambda: _joined(
        _circle(8, 8, 6.2), _lines(((8, 7.4), (8, 11)), ((8, 4.9), (8, 5.0)))
    ),
    "file": lambda: _lines(
        ((9.4, 1.8), (3.4, 1.8), (3.4, 14.2), (12.6, 14.2), (12.6, 5), (9.4, 1.8)),
        ((9.4, 1.8), (9.4, 5), (12.6, 5)),
    ),
    "zoom_out": lambda: _lines(
        ((2, 6), (2, 2), (6, 2)),
        ((10, 2), (14, 2), (14, 6)),
        ((14, 10), (14, 14), (10, 14)),
        ((6, 14), (2, 14), (2, 10)),
    ),
    "clock": lambda: _joined(
        _circle(8, 8, 6.2), _lines(((8, 4.6), (8, 8.2), (10.6, 9.8)))
    ),
    "pause": lambda: _lines(((5.5, 3.2), (5.5, 12.8)), ((10.5, 3.2), (10.5, 12.8))),
    "up": lambda: _lines(((3, 10), (8, 5), (13, 10))),
    "down": lambda: _lines(((3, 6), (8, 11), (13, 6))),
    "more": lambda: _joined(*(_circle(x, 8, 0.9) for x in (3.4, 8.0, 12.6))),
    "compare": lambda: _joined(_box(1.8, 3, 5.4, 10), _box(8.8, 3, 5.4, 10)),
    "align": lambda: _lines(
        ((8, 1.8), (8, 14.2)),
        ((1.8, 8), (5.8, 8)),
        ((3.8, 6), (5.8, 8), (3.8, 10)),
        ((14.2, 8), (10.2, 8)),
        ((12.2, 6), (10.2, 8), (12.2, 10)),
    ),
    "merge": lambda: _lines(
        ((2, 3), (5, 3), (9, 8), (14, 8)),
        ((2, 13), (5, 13), (9, 8)),
        ((11.5, 5.5), (14, 8), (11.5, 10.5)),
    ),
    "again": lambda: _joined(_arc(), _lines(((13.4, 2.4), (13.4, 5.8), (10, 5.8)))),
}


def _arc() -> QPainterPath:
    path = QPainterPath()
    rectangle = QRectF(2.6, 2.6, 10.8, 10.8)
    path.arcMoveTo(rectangle, 30)
    path.arcTo(rectangle, 30, 300)
    return path
