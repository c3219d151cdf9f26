"""Pictures of a cluster for files and the clipboard: PNG and SVG."""

from dataclasses import dataclass, field

from PySide6.QtCore import QBuffer, QIODevice, QRectF, QSize
from PySide6.QtGui import QColor, QImage, QPainter

from app.look import theme
from app.plots.clipboard import as_svg
from app.structures.drawing.scene import Camera, Looks, Scene, project
from app.structures.drawing.scene_painter import paint

SHARPER = 3.0
"""Pixels of a picture per px of the screen."""

DOTS_PER_METRE = 11811
"""300 dots per inch."""


@dataclass(frozen=True, eq=False)
class Shot:
    """One view: scene, camera, looks, size (px), and the ringed atom."""

    scene: Scene = field(repr=False)
    camera: Camera
    looks: Looks
    size: QSize
    picked: int | None = None


def image_of(shot: Shot) -> QImage:
    """Return the picture on the program's background.

    The balls are copied: at this resolution nobody sees that they lie on whole pixels.
    """
    image = QImage(shot.size * SHARPER, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(SHARPER)
    image.fill(QColor(theme.current().surface))
    painter = QPainter(image)
    _paint(painter, shot, quick=True)
    painter.end()
    image.setDevicePixelRatio(1.0)
    image.setDotsPerMeterX(DOTS_PER_METRE)
    image.setDotsPerMeterY(DOTS_PER_METRE)
    return image


def png_of(image: QImage) -> bytes:
    """Return ``image`` as PNG."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload] - bytes in the stubs
    return bytes(buffer.data().data())


def svg_of(shot: Shot, title: str) -> bytes:
    """Return the picture as lines and curves, without a ground."""
    return as_svg(shot.size, title, "", lambda painter: _paint(painter, shot))


def _paint(painter: QPainter, shot: Shot, *, quick: bool = False) -> None:
    area = QRectF(0.0, 0.0, shot.size.width(), shot.size.height())
    projected = project(shot.scene, shot.camera, area)
    paint(painter, shot.scene, projected, shot.looks, shot.picked, quick=quick)
