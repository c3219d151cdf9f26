"""Ball and stick, sorted by depth: painted without OpenGL, so it works everywhere."""

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float, Int
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QRadialGradient

from app import theme
from app.plots.elements import BOND_FACTOR, covalent_radius, element_colour
from onne_core.structure import Cluster

BALL = 0.42
"""Radius of a drawn ball, in covalent radii."""

CAMERA = 3.2
"""Distance of the eye, in radii of the cluster; larger is flatter."""

FADE = 0.72
"""Share of its colour that the farthest atom loses to the ground."""


@dataclass(frozen=True, eq=False)
class Scene:
    """Atoms (the absorber first, at the origin) and bonds between them.

    ``positions`` in Å.
    """

    elements: tuple[str, ...]
    positions: Float[np.ndarray, "atom 3"] = field(repr=False)
    radii: Float[np.ndarray, " atom"] = field(repr=False)
    bonds: Int[np.ndarray, "bond 2"] = field(repr=False)
    extent: float


@dataclass(frozen=True, eq=False)
class Projected:
    """Atoms on the screen: centres and radii in px, depth from 0 (far) to 1 (near)."""

    centres: Float[np.ndarray, "atom 2"]
    radii: Float[np.ndarray, " atom"]
    depth: Float[np.ndarray, " atom"]
    bond_ends: Float[np.ndarray, "bond 2 2"]


def scene_of(cluster: Cluster) -> Scene:
    """Return what is drawn of ``cluster``."""
    elements = (cluster.absorber, *cluster.elements)
    positions = np.vstack([np.zeros(3), cluster.positions])
    radii = np.array([covalent_radius(name) for name in elements])
    distances = np.linalg.norm(positions[:, None] - positions[None], axis=2)
    near = distances < BOND_FACTOR * (radii[:, None] + radii[None])
    bonds = np.argwhere(np.triu(near, 1))
    return Scene(elements, positions, radii, bonds, float(distances[0].max()) + 1.0)


def rotation(*, about_x: float, about_y: float) -> Float[np.ndarray, "3 3"]:
    """Return the rotation matrix of a drag, angles in rad."""
    cx, sx, cy, sy = (
        np.cos(about_x),
        np.sin(about_x),
        np.cos(about_y),
        np.sin(about_y),
    )
    first = np.array([[1.0, 0.0, 0.0], [0.0, cx, -sx], [0.0, sx, cx]])
    second = np.array([[cy, 0.0, sy], [0.0, 1.0, 0.0], [-sy, 0.0, cy]])
    return first @ second


def project(
    scene: Scene, turn: Float[np.ndarray, "3 3"], *, zoom: float, area: QRectF
) -> Projected:
    """Return where the atoms of ``scene`` lie in ``area``."""
    turned = scene.positions @ turn.T
    scale = zoom * 0.46 * min(area.width(), area.height()) / scene.extent
    eye = CAMERA * scene.extent
    centre = np.array([area.center().x(), area.center().y()])

    def flat(points: np.ndarray) -> np.ndarray:
        near = eye / (eye - points[..., 2:])
        return centre + points[..., :2] * np.array([1.0, -1.0]) * scale * near

    near = eye / (eye - turned[:, 2])
    return Projected(
        centres=flat(turned),
        radii=BALL * scene.radii * scale * near,
        depth=np.clip(0.5 + 0.5 * turned[:, 2] / scene.extent, 0.0, 1.0),
        bond_ends=flat(_bond_ends(scene, turned)),
    )


def _bond_ends(
    scene: Scene, turned: Float[np.ndarray, "atom 3"]
) -> Float[np.ndarray, "bond 2 3"]:
    """Return where the sticks leave the balls, so that none hides a symbol."""
    first, second = turned[scene.bonds[:, 0]], turned[scene.bonds[:, 1]]
    along = second - first
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    reach = 0.92 * BALL * scene.radii
    return np.stack(
        [
            first + along * reach[scene.bonds[:, 0], None],
            second - along * reach[scene.bonds[:, 1], None],
        ],
        axis=1,
    )


def paint(
    painter: QPainter,
    scene: Scene,
    projected: Projected,
    *,
    picked: int | None = None,
    labels: bool = True,
) -> None:
    """Draw atoms and bonds, far ones first; ring the absorber and the picked atom."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    middles = projected.depth[scene.bonds].mean(axis=1)
    items = [(depth, "bond", i) for i, depth in enumerate(middles)]
    items += [(depth + 1e-6, "atom", i) for i, depth in enumerate(projected.depth)]
    for _, kind, i in sorted(items):
        if kind == "bond":
            _paint_bond(painter, scene, projected, i)
        else:
            _paint_atom(painter, scene, projected, i, labels=labels)
    for i, role in ((0, "text"), (picked, "accent")):
        if i is not None:
            _paint_ring(painter, projected, i, role)


def _paint_bond(painter: QPainter, scene: Scene, projected: Projected, i: int) -> None:
    palette, bond = theme.current(), scene.bonds[i]
    depth = float(projected.depth[bond].mean())
    start, end = (QPointF(*point) for point in projected.bond_ends[i])
    width = 0.26 * float(projected.radii[bond].mean())
    for share, colour in ((1.0, palette.border), (0.5, palette.prior)):
        tone = _faded(QColor(colour), depth)
        pen = QPen(tone, max(1.0, share * width))
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        painter.drawLine(start, end)


def _paint_atom(
    painter: QPainter, scene: Scene, projected: Projected, i: int, *, labels: bool
) -> None:
    # The absorber never fades: it is what everything else is measured from.
    depth = 1.0 if i == 0 else float(projected.depth[i])
    base = _faded(element_colour(scene.elements[i]), depth)
    centre, radius = QPointF(*projected.centres[i]), float(projected.radii[i])
    light = QRadialGradient(
        centre - QPointF(0.3 * radius, 0.35 * radius), 1.35 * radius
    )
    light.setColorAt(0.0, base.lighter(150))
    light.setColorAt(0.5, base)
    light.setColorAt(1.0, base.darker(150))
    painter.setPen(QPen(base.darker(170), 0.8))
    painter.setBrush(light)
    painter.drawEllipse(centre, radius, radius)
    if labels and radius >= 8.0:
        painter.setPen(QColor("#0F1218" if base.lightnessF() > 0.45 else "#FFFFFF"))
        painter.setFont(
            theme.font(round(min(15, max(9, 0.8 * radius))), theme.SEMIBOLD)
        )
        box = QRectF(centre.x() - radius, centre.y() - radius, 2 * radius, 2 * radius)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, scene.elements[i])


def _paint_ring(painter: QPainter, projected: Projected, i: int, role: str) -> None:
    """Ring atom ``i``, in front of everything: it is never lost among the others."""
    radius = float(projected.radii[i]) + 4.0
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(getattr(theme.current(), role)), 2))
    painter.drawEllipse(QPointF(*projected.centres[i]), radius, radius)


def _faded(colour: QColor, depth: float) -> QColor:
    """Return ``colour`` mixed with the ground: the farther, the more."""
    ground = QColor(theme.current().surface)
    share = FADE * (1.0 - depth)
    mixed = [
        (1.0 - share) * a + share * b
        for a, b in (
            (colour.redF(), ground.redF()),
            (colour.greenF(), ground.greenF()),
            (colour.blueF(), ground.blueF()),
        )
    ]
    return QColor.fromRgbF(*mixed)
