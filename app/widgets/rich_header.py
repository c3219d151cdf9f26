"""A table header whose titles may hold italics."""

from PySide6.QtCore import QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QStaticText, QTextOption
from PySide6.QtWidgets import QHeaderView

from app.look import theme

HEIGHT = 26
PAD = 8


class RichHeader(QHeaderView):
    """Header with rich-text titles, aligned by the model."""

    def __init__(self, pad: int = PAD) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._pad = pad
        self.setHighlightSections(False)
        self.setMinimumSectionSize(40)

    def sizeHint(self) -> QSize:
        """Return a fixed height."""
        return QSize(super().sizeHint().width(), HEIGHT)

    def paintSection(
        self,
        painter: QPainter,
        rect: QRect,
        logicalIndex: int,
    ) -> None:
        """Draw one title and the line under it."""
        model = self.model()
        role, across = Qt.ItemDataRole, Qt.Orientation.Horizontal
        title = model.headerData(logicalIndex, across, role.DisplayRole) or ""
        alignment = model.headerData(logicalIndex, across, role.TextAlignmentRole)
        palette = theme.current()
        painter.save()
        painter.fillRect(rect, QColor(palette.surface))
        painter.setPen(QPen(QColor(palette.line), 1))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        painter.setPen(QColor(palette.second))
        painter.setFont(theme.font(theme.SIZE_NOTE, theme.MEDIUM))
        text = QStaticText(str(title))
        text.setTextOption(QTextOption(Qt.AlignmentFlag.AlignLeft))
        text.prepare(painter.transform(), painter.font())
        size = text.size()
        left = rect.left() + self._pad
        if alignment == Qt.AlignmentFlag.AlignHCenter:
            left = rect.center().x() - size.width() / 2
        elif alignment == Qt.AlignmentFlag.AlignRight:
            left = rect.right() - self._pad - size.width()
        painter.drawStaticText(
            QPointF(left, rect.center().y() - size.height() / 2 + 1), text
        )
        painter.restore()
