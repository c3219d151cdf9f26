"""A plot on the clipboard: PNG for documents, SVG for those who edit it."""

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
    # Imported here: nothing else of the window needs it.
    from PySide6.QtSvg import QSvgGenerator

    size = plot.viewport().size()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(QSize(size))
    generator.setViewBox(QRectF(0.0, 0.0, size.width(), size.height()))
    generator.setTitle(plot.accessibleName())
    generator.setDescription(plot.accessibleDescription())
    painter = QPainter(generator)
    painter.fillRect(QRectF(plot.viewport().rect()), plot.backgroundBrush())
    plot.scene().render(
        painter,
        QRectF(plot.viewport().rect()),
        plot.mapToScene(plot.viewport().rect()).boundingRect(),
    )
    painter.end()
    return bytes(buffer.data().data())
