"""Pictures of a cluster for files and the clipboard: PNG and SVG."""

from dataclasses import dataclass, field

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, QSize
from PySide6.QtGui import QColor, QImage, QImageWriter, QPainter

from app.look import theme
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
    _paint(QPainter(image), shot, quick=True)
    image.setDevicePixelRatio(1.0)
    image.setDotsPerMeterX(DOTS_PER_METRE)
    image.setDotsPerMeterY(DOTS_PER_METRE)
    return image


def png_of(image: QImage) -> bytes:
    """Return ``image`` as PNG."""
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(image)
    buffer.close()
    return bytes(content.data())


def svg_of(shot: Shot, title: str) -> bytes:
    """Return the picture as lines and curves, without a ground."""
    from PySide6.QtSvg import QSvgGenerator

    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(shot.size)
    generator.setViewBox(QRectF(0.0, 0.0, shot.size.width(), shot.size.height()))
    generator.setTitle(title)
    _paint(QPainter(generator), shot, quick=False)
    buffer.close()
    return bytes(content.data())


def _paint(painter: QPainter, shot: Shot, *, quick: bool) -> None:
    area = QRectF(0.0, 0.0, shot.size.width(), shot.size.height())
    projected = project(shot.scene, shot.camera, area)
    paint(
        painter,
        shot.scene,
        projected,
        looks=shot.looks,
        picked=shot.picked,
        quick=quick,
    )
    painter.end()
