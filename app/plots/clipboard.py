"""A plot on the clipboard: PNG for documents, SVG for those who edit it."""

from collections.abc import Callable

from PySide6.QtCore import QBuffer, QIODevice, QMimeData, QRectF, QSize
from PySide6.QtGui import QGuiApplication, QPainter
from PySide6.QtWidgets import QGraphicsView

SVG = "image/svg+xml"


def copy_plot(plot: QGraphicsView) -> None:
    """Put ``plot`` on the clipboard as a picture and as SVG."""
    content = QMimeData()
    content.setImageData(plot.grab().toImage())
    content.setData(SVG, svg_of(plot))
    QGuiApplication.clipboard().setMimeData(content)


def svg_of(plot: QGraphicsView) -> bytes:
    """Return ``plot`` as SVG, without what only serves the mouse."""
    area = QRectF(plot.viewport().rect())

    def paint(painter: QPainter) -> None:
        painter.fillRect(area, plot.backgroundBrush())
        part = plot.mapToScene(plot.viewport().rect()).boundingRect()
        plot.scene().render(painter, area, part)

    description = plot.accessibleDescription()
    return as_svg(plot.viewport().size(), plot.accessibleName(), description, paint)


def as_svg(
    size: QSize, title: str, description: str, paint: Callable[[QPainter], None]
) -> bytes:
    """Return what ``paint`` draws as SVG of ``size`` px."""
    # Imported here: nothing else of the window needs it.
    from PySide6.QtSvg import QSvgGenerator

    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(size)
    generator.setViewBox(QRectF(0.0, 0.0, size.width(), size.height()))
    generator.setTitle(title)
    generator.setDescription(description)
    painter = QPainter(generator)
    paint(painter)
    painter.end()
    return bytes(buffer.data().data())
