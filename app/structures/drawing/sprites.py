"""Balls as cached pictures: painted once per element, size and depth."""

from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap, QRadialGradient

from app.look import theme
from app.look.palette import Palette
from app.structures.drawing.elements import element_colour

FADE = 0.72
"""Share of its colour that the farthest atom loses to the ground."""

LEVELS = 24
"""Steps of the depth cue: finer ones cannot be told apart."""

SIZES_PER_PIXEL = 2.0
"""Sizes of balls kept per device pixel of the radius."""

MOST_KEPT = 1500
"""Pictures kept; one view of 60 atoms at rest needs 60 at most."""

WIDTHS_PER_PIXEL = 8.0
"""Widths of bonds that are told apart, per px."""

LIT = 0.5
"""Share of a bond's width that is bright."""

SMALLEST_LABELLED = 8.0
"""Radius (px) of the smallest ball that carries its symbol."""

INK, PAPER = "#0F1218", "#FFFFFF"


def ball(
    element: str, radius: float, level: int, *, label: bool, ratio: float
) -> QPixmap:
    """Return a ball of about ``radius`` px for screens of ``ratio`` pixels per px."""
    steps = max(2, round(radius * ratio * SIZES_PER_PIXEL))
    return _ball(element, steps, level, label, ratio, theme.current())


@lru_cache(maxsize=MOST_KEPT)
def _ball(
    element: str, steps: int, level: int, label: bool, ratio: float, palette: Palette
) -> QPixmap:
    radius = steps / (SIZES_PER_PIXEL * ratio)
    side = 2 * int(radius * ratio + 2.0)
    picture = QPixmap(side, side)
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    middle = 0.5 * side / ratio
    paint_ball(painter, element, QPointF(middle, middle), radius, level, label=label)
    painter.end()
    return picture


def paint_ball(
    painter: QPainter,
    element: str,
    centre: QPointF,
    radius: float,
    level: int,
    *,
    label: bool,
) -> None:
    """Draw a ball, with its symbol where there is room."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    base = faded(element_colour(element), level)
    light = QRadialGradient(
        centre - QPointF(0.3 * radius, 0.35 * radius), 1.35 * radius
    )
    light.setColorAt(0.0, base.lighter(150))
    light.setColorAt(0.5, base)
    light.setColorAt(1.0, base.darker(150))
    painter.setPen(QPen(base.darker(170), 0.8))
    painter.setBrush(light)
    painter.drawEllipse(centre, radius, radius)
    if label and radius >= SMALLEST_LABELLED:
        painter.setPen(QColor(INK if base.lightnessF() > 0.45 else PAPER))
        size = round(min(15, max(9, 0.8 * radius)))
        painter.setFont(theme.font(size, theme.SEMIBOLD))
        box = QRectF(centre.x() - radius, centre.y() - radius, 2 * radius, 2 * radius)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, element)


def stick(level: int, width: float) -> tuple[QPen, QPen]:
    """Return the pens of a bond of ``width`` px: its edge, and its lit middle."""
    return _stick(level, round(width * WIDTHS_PER_PIXEL), theme.current())


@lru_cache(maxsize=MOST_KEPT)
def _stick(level: int, steps: int, palette: Palette) -> tuple[QPen, QPen]:
    width = steps / WIDTHS_PER_PIXEL
    pens = [
        QPen(faded(QColor(colour), level), max(1.0, share * width))
        for colour, share in ((palette.border, 1.0), (palette.prior, LIT))
    ]
    for pen in pens:
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    return pens[0], pens[1]


def faded(colour: QColor, level: int) -> QColor:
    """Return ``colour`` mixed with the ground: the farther, the more."""
    ground = QColor(theme.current().surface)
    share = FADE * (1.0 - level / LEVELS)
    mixed = [
        (1.0 - share) * a + share * b
        for a, b in (
            (colour.redF(), ground.redF()),
            (colour.greenF(), ground.greenF()),
            (colour.blueF(), ground.blueF()),
        )
    ]
    return QColor.fromRgbF(*mixed)
