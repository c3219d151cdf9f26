"""Paints a projected scene: quickly with kept pictures, or as lines and curves."""

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app.look import theme
from app.structures.drawing import sprites
from app.structures.drawing.scene import Looks, Projected, Scene, painting_order

STICK = 0.26
"""Width of a bond, in radii of its balls."""

LINE_HEIGHT = 14.0
"""Height of the names of spheres, px."""

RING_GAP, RING_WIDTH = 4.0, 2.0
"""Distance of a ring from its ball, and its width, px."""


def paint(
    painter: QPainter,
    scene: Scene,
    projected: Projected,
    looks: Looks,
    picked: int | None = None,
    *,
    quick: bool = False,
) -> None:
    """Draw atoms and bonds, far ones first; ring the absorber and the picked atom.

    ``quick`` copies kept pictures of the balls, whole device pixels apart; else every
    ball is drawn as curves, for files.
    """
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if looks.spheres:
        _paint_spheres(painter, scene, projected)
    _paint_atoms(painter, scene, projected, looks, quick=quick)
    rings = [(0, "text"), *((atom, "outside") for atom in scene.marked)]
    for atom, role in (*rings, (picked, "accent")):
        if atom is not None:
            _paint_ring(painter, projected, atom, role)


def levels_of(scene: Scene, projected: Projected, looks: Looks) -> tuple[list, list]:
    """Return the steps of the depth cue of all atoms and bonds.

    The absorber never fades: it is what everything else is measured from.
    """
    if not looks.depth_cue:
        near = sprites.LEVELS
        return [near] * len(scene.elements), [near] * len(scene.bonds)
    steps = np.rint(projected.depth * sprites.LEVELS).astype(int)
    middles = projected.depth[scene.bonds].mean(axis=1)
    bonds = np.rint(middles * sprites.LEVELS).astype(int)
    steps[0] = sprites.LEVELS
    return steps.tolist(), bonds.tolist()


def _paint_atoms(
    painter: QPainter, scene: Scene, projected: Projected, looks: Looks, *, quick: bool
) -> None:
    ratio = painter.device().devicePixelRatio()
    levels, bond_levels = levels_of(scene, projected, looks)
    radii = projected.radii.tolist()
    centres, ends = projected.centres.tolist(), projected.bond_ends.tolist()
    widths = (STICK * projected.radii[scene.bonds].mean(axis=1)).tolist()
    for item in painting_order(scene, projected, bonds=looks.bonds).tolist():
        bond = item - len(scene.elements)
        if bond >= 0:
            (x1, y1), (x2, y2) = ends[bond]
            line = QLineF(x1, y1, x2, y2)
            for pen in sprites.stick(bond_levels[bond], widths[bond]):
                painter.setPen(pen)
                painter.drawLine(line)
            continue
        (x, y), radius, level = centres[item], radii[item], levels[item]
        element, label = scene.elements[item], looks.labels
        if quick:
            picture = sprites.ball(element, radius, level, label=label, ratio=ratio)
            half = 0.5 * picture.width() / ratio
            painter.drawPixmap(QPointF(x - half, y - half), picture)
        else:
            centre = QPointF(x, y)
            sprites.paint_ball(painter, element, centre, radius, level, label=label)


def _paint_ring(painter: QPainter, projected: Projected, atom: int, role: str) -> None:
    """Ring an atom, in front of everything so that it stays visible."""
    radius = float(projected.radii[atom]) + RING_GAP
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(getattr(theme.current(), role)), RING_WIDTH))
    painter.drawEllipse(QPointF(*projected.centres[atom]), radius, radius)


def _paint_spheres(painter: QPainter, scene: Scene, projected: Projected) -> None:
    """Draw the outlines of spheres around the absorber, with their names on top."""
    palette, centre = theme.current(), QPointF(*projected.centres[0])
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setFont(theme.font(theme.SIZE_SMALL))
    lowest = np.inf
    for name, length in sorted(scene.spheres, key=lambda item: -item[1]):
        radius = length * projected.scale
        painter.setPen(QPen(QColor(palette.border), 1.0, Qt.PenStyle.DashLine))
        painter.drawEllipse(centre, radius, radius)
        top = centre.y() - radius
        if abs(top - lowest) < LINE_HEIGHT:
            continue
        lowest = top
        width = painter.fontMetrics().horizontalAdvance(name) + 8.0
        box = QRectF(0.0, 0.0, width, LINE_HEIGHT)
        box.moveCenter(QPointF(centre.x(), top))
        painter.fillRect(box, QColor(palette.surface))
        painter.setPen(QColor(palette.second))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, name)
