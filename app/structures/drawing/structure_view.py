"""A cluster in three dimensions: drag rotates, wheel zooms, click picks."""

import math
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QGuiApplication,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from app.look import theme
from app.structures.drawing import structure_picture
from app.structures.drawing.scene import (
    Camera,
    Looks,
    Projected,
    Scene,
    project,
    rotation,
    scene_of,
)
from app.structures.drawing.scene_painter import paint
from app.structures.drawing.structure_picture import Shot
from onne_core.values.structure import Cluster

STEP = math.radians(6.0)
PER_PIXEL = 0.008
"""Turn of one pixel of a drag, rad."""

SHIFT_STEP = 24.0
"""Way of the picture for one key, px."""

ZOOM_STEP = 1.12
ZOOMS = (0.4, 6.0)
CLICK = 4.0
"""Way of the mouse up to which a press and release is a click, px."""

TURNS = {
    Qt.Key.Key_Left: (0.0, -1.0),
    Qt.Key.Key_Right: (0.0, 1.0),
    Qt.Key.Key_Up: (-1.0, 0.0),
    Qt.Key.Key_Down: (1.0, 0.0),
}
ZOOM_KEYS = {
    Qt.Key.Key_Plus: ZOOM_STEP,
    Qt.Key.Key_Equal: ZOOM_STEP,
    Qt.Key.Key_Minus: 1.0 / ZOOM_STEP,
}
HOME = Camera(rotation(about_x=0.35, about_y=-0.5))
TIP = (
    "Drag or use the arrow keys to rotate; wheel or + and − to zoom; right-drag or "
    "Shift with the arrows to pan. Click or Tab selects an atom, Esc deselects it, "
    "double-click centres it. Home, or a double-click on the background, resets the "
    "view."
)


class StructureView(QWidget):
    """View of a cluster; ``picked`` carries an atom's index, -1 for the absorber.

    ``released`` when no atom is wanted any more; ``moved`` when atoms lie elsewhere.
    """

    picked = Signal(int)
    released = Signal()
    moved = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Cluster in 3D")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(260, 220)
        self.setToolTip(TIP)
        self.looks = Looks()
        self.camera = HOME
        self._scene: Scene | None = None
        self._picked: int | None = None
        self._pressed: QPointF | None = None
        self._last = QPointF()

    def show_cluster(
        self,
        cluster: Cluster,
        spheres: tuple[tuple[str, float], ...] = (),
        *,
        marked: tuple[int, int] | None = None,
    ) -> None:
        """Show ``cluster`` from the current viewpoint.

        ``spheres`` have names and radii (Å); ``marked`` atoms (0 is the absorber) are
        too close to each other.
        """
        self._scene = scene_of(cluster, spheres, marked or ())
        names = ", ".join(dict.fromkeys(cluster.elements))
        self.setAccessibleDescription(
            f"{len(cluster.elements)} neighbours ({names}) around {cluster.absorber}."
        )
        self._changed()

    def show_picked(self, atom: int | None) -> None:
        """Ring neighbour ``atom``, -1 for the absorber."""
        self._picked = None if atom is None else atom + 1
        self.update()

    def show_looks(self, looks: Looks) -> None:
        """Draw labels, bonds, depth cue and spheres as ``looks`` says."""
        self.looks = looks
        self.update()

    def copy(self) -> None:
        """Put a picture on the clipboard, sharper than the screen."""
        QGuiApplication.clipboard().setImage(structure_picture.image_of(self.shot()))

    def shot(self) -> Shot:
        """Return the current view, for a file."""
        scene = self._scene
        assert scene is not None  # asked with a cluster on screen only
        size = QSize(self.width(), self.height())
        return Shot(scene, self.camera, self.looks, size, self._picked)

    def projected(self) -> Projected:
        """Return the positions of all atoms in the widget."""
        assert self._scene is not None  # as above
        return project(self._scene, self.camera, QRectF(self.rect()))

    def turn(self, *, about_x: float, about_y: float) -> None:
        """Rotate the cluster, angles in rad."""
        self._look(self.camera.turned(about_x=about_x, about_y=about_y))

    def zoom(self, factor: float) -> None:
        """Zoom in (above 1) or out."""
        zoom = min(max(self.camera.zoom * factor, ZOOMS[0]), ZOOMS[1])
        self._look(replace(self.camera, zoom=zoom))

    def home(self) -> None:
        """Reset the view."""
        self._look(HOME)

    def centre_on(self, atom: int) -> None:
        """Centre on neighbour ``atom`` (-1: the absorber) and rotate about it."""
        if self._scene is not None:
            x, y, z = self._scene.positions[atom + 1].tolist()
            self._look(replace(self.camera, centre=(x, y, z), shift=(0.0, 0.0)))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a drag or a click."""
        self._pressed = self._last = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Rotate with the left button; move with another, or with Shift."""
        if self._pressed is None:
            return
        way = event.position() - self._last
        self._last = event.position()
        left = event.buttons() == Qt.MouseButton.LeftButton
        if left and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.turn(about_x=PER_PIXEL * way.y(), about_y=PER_PIXEL * way.x())
        else:
            self._look(self.camera.shifted(way.x(), way.y()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Pick, if the mouse did not move."""
        if self._pressed is None:
            return
        way = event.position() - self._pressed
        self._pressed = None
        if math.hypot(way.x(), way.y()) > CLICK:
            return
        atom = self._atom_at(event.position())
        if atom is None:
            self.released.emit()
        else:
            self.picked.emit(atom - 1)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Centre the atom; on the background, reset the view."""
        atom = self._atom_at(event.position())
        if atom is None:
            self.home()
        else:
            self.centre_on(atom - 1)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom."""
        self.zoom(ZOOM_STEP ** (event.angleDelta().y() / 120.0))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Rotate, move, zoom and pick by keys."""
        key = Qt.Key(event.key())
        if key in TURNS:
            down, right = TURNS[key]
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                way = (SHIFT_STEP * right, SHIFT_STEP * down)
                self._look(self.camera.shifted(*way))
            else:
                self.turn(about_x=STEP * down, about_y=STEP * right)
        elif key in ZOOM_KEYS:
            self.zoom(ZOOM_KEYS[key])
        elif key == Qt.Key.Key_Home:
            self.home()
        elif key == Qt.Key.Key_Escape and self._picked is not None:
            self.released.emit()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._picked is not None:
            self.centre_on(self._picked - 1)
        elif key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            self._pick_next(1 if key == Qt.Key.Key_PageDown else -1, around=True)
        else:
            event.ignore()

    def focusNextPrevChild(self, following: bool) -> bool:
        """Let Tab go through the atoms before it leaves."""
        if self._pick_next(1 if following else -1, around=False):
            return True
        return super().focusNextPrevChild(following)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Signal that the atoms have moved."""
        super().resizeEvent(event)
        self.moved.emit()

    def changeEvent(self, event: QEvent) -> None:
        """End a drag when the window loses the mouse."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange:
            self._pressed = None

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the cluster."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.current().surface))
        if self._scene is not None:
            where = self.projected()
            paint(painter, self._scene, where, self.looks, self._picked, quick=True)
        if self.hasFocus():
            painter.setPen(QPen(QColor(theme.current().accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), 4, 4)
        painter.end()

    def _look(self, camera: Camera) -> None:
        self.camera = camera
        self._changed()

    def _changed(self) -> None:
        self.update()
        self.moved.emit()

    def _atom_at(self, position: QPointF) -> int | None:
        """Return the nearest atom (0 is the absorber) under ``position``."""
        if self._scene is None:
            return None
        projected = self.projected()
        point = np.array([position.x(), position.y()])
        hit = np.linalg.norm(projected.centres - point, axis=1) <= projected.radii
        atoms = np.flatnonzero(hit)
        return int(atoms[np.argmax(projected.depth[atoms])]) if atoms.size else None

    def _pick_next(self, step: int, *, around: bool) -> bool:
        """Select the next neighbour by distance; false if there is none."""
        if self._scene is None or len(self._scene.positions) < 2:
            return False
        order = np.argsort(np.linalg.norm(self._scene.positions, axis=1), kind="stable")
        last = len(order) - 1
        at = int(np.flatnonzero(order == self._picked)[0]) if self._picked else 0
        wanted = at + step if at else (1 if step > 0 else last)
        if not 1 <= wanted <= last:
            if not around:
                self.released.emit()
                return False
            wanted = 1 if wanted > last else last
        self.picked.emit(int(order[wanted]) - 1)
        return True
