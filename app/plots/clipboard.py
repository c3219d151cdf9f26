"""A plot on the clipboard: PNG for documents, SVG for those who edit it, numbers."""

from collections.abc import Callable, Sequence
from itertools import zip_longest

import numpy as np
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


def columns_text(
    abscissa: str, curves: Sequence[tuple[str, np.ndarray, np.ndarray]]
) -> str:
    """Return named curves as columns between tabs, titles first.

    Curves on the same abscissa share its column.
    """
    columns: list[tuple[str, np.ndarray]] = []
    last: np.ndarray | None = None
    for name, x, y in curves:
        if last is None or not np.array_equal(x, last):
            columns.append((abscissa, x))
            last = x
        columns.append((name, y))
    titles = "\t".join(title for title, _ in columns)
    rows = zip_longest(*(values for _, values in columns))
    lines = (
        "\t".join("" if value is None else f"{value:.7g}" for value in row)
        for row in rows
    )
    return "\n".join((titles, *lines)) + "\n"


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
