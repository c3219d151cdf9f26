"""Verdict chips: shape, word and colour together, never colour alone."""

from PySide6.QtCore import (
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from app.look import icons, theme
from app.look.wording import VERDICTS

HEIGHT = 22.0
ICON = 13.0
PAD = 8.0
GAP = 5.0


def chip_size(verdict: str) -> QSize:
    """Return the size of the chip of ``verdict``."""
    metrics = QFontMetricsF(theme.font(theme.SIZE_NOTE, theme.SEMIBOLD))
    width = 2 * PAD + ICON + GAP + metrics.horizontalAdvance(VERDICTS[verdict])
    return QSize(round(width) + 2, round(HEIGHT))


def paint_chip(painter: QPainter, verdict: str, top_left: QPointF) -> None:
    """Draw the chip of ``verdict`` with its upper left corner at ``top_left``."""
    text, fill = theme.current().of_verdict(verdict)
    size = chip_size(verdict)
    frame = QRectF(top_left.x() + 0.5, top_left.y() + 0.5, size.width() - 1, HEIGHT - 1)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme.colour(text, 0.55), 1))
    painter.setBrush(QColor(fill))
    painter.drawRoundedRect(frame, HEIGHT / 2, HEIGHT / 2)
    icon = QRectF(frame.left() + PAD, frame.center().y() - ICON / 2, ICON, ICON)
    icons.paint(painter, verdict, icon, QColor(text))
    painter.setPen(QColor(text))
    painter.setFont(theme.font(theme.SIZE_NOTE, theme.SEMIBOLD))
    left = icon.right() + GAP
    painter.drawText(
        QRectF(left, frame.top(), frame.right() - left, frame.height()),
        Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft,
        VERDICTS[verdict],
    )
    painter.restore()


class VerdictChip(QWidget):
    """The chip as a widget; nothing while there is no verdict."""

    def __init__(self) -> None:
        super().__init__()
        self._verdict = ""
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.hide()

    def show_verdict(self, verdict: str) -> None:
        """Show ``verdict``, or nothing for an empty one."""
        self._verdict = verdict
        self.setVisible(bool(verdict))
        self.setAccessibleName(f"Verdict: {VERDICTS[verdict]}" if verdict else "")
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size of the chip."""
        return chip_size(self._verdict) if self._verdict else QSize(0, round(HEIGHT))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the chip."""
        painter = QPainter(self)
        if self._verdict:
            paint_chip(painter, self._verdict, QPointF(0, 0))
        painter.end()


class ChipDelegate(QStyledItemDelegate):
    """Delegate that draws the verdict of a cell as a chip."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Draw the ground of the row, then the chip."""
        words = {word: name for name, word in VERDICTS.items()}
        verdict = words.get(str(index.data()))
        frame = QRectF(option.rect)  # type: ignore[attr-defined]
        if option.state & QStyle.StateFlag.State_Selected:  # type: ignore[attr-defined]
            painter.fillRect(frame, QColor(theme.current().accent_soft))
        if verdict:
            top = frame.center().y() - HEIGHT / 2
            paint_chip(painter, verdict, QPointF(frame.left() + 8, top))
