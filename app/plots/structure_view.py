"""A cluster in three dimensions: drag rotates, wheel zooms, click picks."""

import math

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QGuiApplication,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from app import theme
from app.plots.scene import Projected, Scene, paint, project, rotation, scene_of
from onne_core.structure import Cluster

STEP = math.radians(6.0)
PER_PIXEL = 0.008
"""Turn of one pixel of a drag, rad."""

ZOOM_STEP = 1.12
ZOOMS = (0.4, 4.0)
CLICK = 4.0
"""Way of the mouse up to which a press and release is a click, px."""

TURNS = {
    Qt.Key.Key_Left: (0.0, -STEP),
    Qt.Key.Key_Right: (0.0, STEP),
    Qt.Key.Key_Up: (-STEP, 0.0),
    Qt.Key.Key_Down: (STEP, 0.0),
}
ZOOM_KEYS = {
    Qt.Key.Key_Plus: ZOOM_STEP,
    Qt.Key.Key_Equal: ZOOM_STEP,
    Qt.Key.Key_Minus: 1.0 / ZOOM_STEP,
}
START = rotation(about_x=0.35, about_y=-0.5)


class StructureView(QWidget):
    """Shows a cluster; ``picked`` names an atom by its index, -1 for the absorber."""

    picked = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Cluster in three dimensions")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(260, 220)
        self.setToolTip(
            "Drag or arrow keys rotate, wheel or + and − zoom, a click picks an atom, "
            "Page Up and Page Down go through them, Home returns to the first view."
        )
        self._scene: Scene | None = None
        self._turn = START
        self._zoom = 1.0
        self._picked: int | None = None
        self._pressed: QPointF | None = None
        self._last = QPointF()

    def show_cluster(self, cluster: Cluster) -> None:
        """Show ``cluster`` from the present side."""
        self._scene = scene_of(cluster)
        names = ", ".join(dict.fromkeys(cluster.elements))
        self.setAccessibleDescription(
            f"{len(cluster.elements)} neighbours ({names}) around {cluster.absorber}."
        )
        self.update()

    def show_picked(self, atom: int | None) -> None:
        """Ring neighbour ``atom``, -1 for the absorber."""
        self._picked = None if atom is None else atom + 1
        self.update()

    def copy(self) -> None:
        """Put a picture on the clipboard."""
        QGuiApplication.clipboard().setPixmap(self.grab())

    def position_of(self, atom: int) -> QPointF:
        """Return where neighbour ``atom`` lies in the widget."""
        if self._scene is None:
            return QPointF()
        return QPointF(*self._projected(self._scene).centres[atom + 1])

    def turn(self, *, about_x: float, about_y: float) -> None:
        """Rotate the cluster, angles in rad."""
        self._turn = rotation(about_x=about_x, about_y=about_y) @ self._turn
        self.update()

    def zoom(self, factor: float) -> None:
        """Come nearer (above 1) or go back."""
        self._zoom = min(max(self._zoom * factor, ZOOMS[0]), ZOOMS[1])
        self.update()

    def home(self) -> None:
        """Return to the first view."""
        self._turn, self._zoom = START, 1.0
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Begin a drag or a click."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = self._last = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Rotate with the mouse."""
        if self._pressed is not None:
            way = event.position() - self._last
            self._last = event.position()
            self.turn(about_x=PER_PIXEL * way.y(), about_y=PER_PIXEL * way.x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Pick, if the mouse did not move."""
        if self._pressed is None:
            return
        way = event.position() - self._pressed
        self._pressed = None
        atom = self._atom_at(event.position())
        if math.hypot(way.x(), way.y()) <= CLICK and atom is not None:
            self.picked.emit(atom - 1)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Return to the first view."""
        self.home()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Zoom."""
        self.zoom(ZOOM_STEP ** (event.angleDelta().y() / 120.0))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Rotate, zoom and pick by keys."""
        key = Qt.Key(event.key())
        if key in TURNS:
            about_x, about_y = TURNS[key]
            self.turn(about_x=about_x, about_y=about_y)
        elif key in ZOOM_KEYS:
            self.zoom(ZOOM_KEYS[key])
        elif key == Qt.Key.Key_Home:
            self.home()
        elif key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            self._pick_next(1 if key == Qt.Key.Key_PageDown else -1)
        else:
            event.ignore()

    def focusInEvent(self, event) -> None:  # noqa: ANN001, N802 - Qt's name
        """Show the ring."""
        self.update()

    def focusOutEvent(self, event) -> None:  # noqa: ANN001, N802 - Qt's name
        """Hide the ring."""
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw the cluster."""
        painter = QPainter(self)
        if self._scene is not None:
            projected = self._projected(self._scene)
            paint(painter, self._scene, projected, picked=self._picked)
        if self.hasFocus():
            painter.setPen(QPen(QColor(theme.current().accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), 4, 4)
        painter.end()

    def _projected(self, scene: Scene) -> Projected:
        return project(scene, self._turn, zoom=self._zoom, area=QRectF(self.rect()))

    def _atom_at(self, position: QPointF) -> int | None:
        """Return the nearest atom (0 is the absorber) under ``position``."""
        if self._scene is None:
            return None
        projected = self._projected(self._scene)
        point = np.array([position.x(), position.y()])
        hit = np.linalg.norm(projected.centres - point, axis=1) <= projected.radii
        atoms = np.flatnonzero(hit)
        return int(atoms[np.argmax(projected.depth[atoms])]) if atoms.size else None

    def _pick_next(self, step: int) -> None:
        """Pick the next neighbour by distance."""
        if self._scene is None or len(self._scene.positions) < 2:
            return
        order = np.argsort(np.linalg.norm(self._scene.positions, axis=1), kind="stable")
        now = int(np.flatnonzero(order == self._picked)[0]) if self._picked else 0
        following = 1 + (now - 1 + step) % (len(order) - 1) if now else 1
        self.picked.emit(int(order[following]) - 1)
