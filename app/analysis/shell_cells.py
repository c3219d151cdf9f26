"""Drawing of the cells of the shell table."""

import math

from PySide6.QtCore import (
    QPointF,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.look import theme, wording
from app.widgets.shell_model import Cell, Index, ShellModel

ROW = 42
BAR = 5.0
"""Height of the posterior's bar, px; the prior's is thinner."""

SQUARES = {"data": 3, "both": 2, "prior": 1, "assumed": 0, "": 0}


class ShellDelegate(QStyledItemDelegate):
    """Delegate that draws name and limits, numbers with their bars, and Set by."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return the height of a row."""
        return QSize(80, ROW)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: Index
    ) -> None:
        """Draw one cell."""
        model: ShellModel = index.model()  # type: ignore[assignment]
        frame = QRectF(option.rect)  # type: ignore[attr-defined]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        _paint_ground(painter, frame, option.state, index)  # type: ignore[attr-defined]
        if index.column() == 0:
            _paint_name(painter, frame, model, index.row())
        elif index.column() == model.columnCount() - 1:
            _paint_set_by(painter, frame, model.set_by(index.row()))
        else:
            paint_quantity(painter, frame, model.cell(index))
        painter.restore()


def paint_quantity(painter: QPainter, frame: QRectF, cell: Cell) -> None:
    """Draw value ± uncertainty and, below it, the bar or "fixed by training"."""
    palette = theme.current()
    if cell.estimate.fixed:
        value = wording.number(cell.estimate.value * cell.factor, 1)
        painter.setPen(QColor(palette.second))
        painter.setFont(theme.font())
        _centred(painter, value, frame.adjusted(0, 4, 0, -20))
        painter.setFont(theme.font(theme.SIZE_SMALL))
        _centred(painter, "fixed by training", frame.adjusted(0, 22, 0, -3))
        return
    _paint_number(painter, frame.adjusted(0, 4, 0, -20), cell)
    bar = QRectF(frame.left() + 12, frame.bottom() - 15, frame.width() - 24, BAR)
    if math.isfinite(cell.estimate.value) and cell.estimate.std > 0.0:
        _paint_bar(painter, bar, cell)


def _paint_ground(
    painter: QPainter, frame: QRectF, state: QStyle.StateFlag, index: Index
) -> None:
    palette = theme.current()
    if state & QStyle.StateFlag.State_Selected:
        painter.fillRect(frame, QColor(palette.accent_soft))
        if index.column() == 0:
            bar = QRectF(frame.left(), frame.top(), 3, frame.height())
            painter.fillRect(bar, QColor(palette.accent))
    painter.setPen(QPen(QColor(palette.line), 1))
    painter.drawLine(frame.bottomLeft(), frame.bottomRight())
    if state & QStyle.StateFlag.State_HasFocus:
        painter.setPen(QPen(QColor(palette.accent), 2))
        painter.drawRoundedRect(frame.adjusted(2, 2, -2, -3), 3, 3)


def _paint_name(painter: QPainter, frame: QRectF, model: ShellModel, row: int) -> None:
    palette, shell = theme.current(), model.shell(row)
    painter.setPen(QPen(QColor(palette.of_pair(model.pair(row))), 3))
    middle = frame.top() + 14
    painter.drawLine(
        QPointF(frame.left() + 10, middle), QPointF(frame.left() + 28, middle)
    )
    painter.setPen(QColor(palette.text))
    painter.setFont(theme.font(theme.SIZE_BODY, theme.SEMIBOLD))
    _at_left(painter, wording.pair(shell.label), frame.adjusted(36, 4, 0, -20))
    painter.setPen(QColor(palette.second))
    painter.setFont(theme.font(theme.SIZE_SMALL))
    limits = f"{wording.span(shell.r_min, shell.r_max)} Å"
    _at_left(painter, limits, frame.adjusted(36, 22, 0, -3))


def _paint_number(painter: QPainter, area: QRectF, cell: Cell) -> None:
    """Write the value right-aligned to the ±, the uncertainty left-aligned after it."""
    palette = theme.current()
    value, std = wording.value_and_std(cell.estimate, factor=cell.factor)
    strong = theme.font(weight=theme.SEMIBOLD)
    plain = theme.font()
    font = plain if cell.is_prior else strong
    # The uncertainty has a sign and a blank more than the value.
    middle = area.center().x() - 8
    width = QFontMetricsF(font).horizontalAdvance(value)
    painter.setFont(font)
    painter.setPen(QColor(palette.second if cell.is_prior else palette.text))
    _at_left(
        painter, value, QRectF(middle - width, area.top(), width + 2, area.height())
    )
    painter.setFont(plain)
    painter.setPen(QColor(palette.second))
    _at_left(painter, f" ± {std}", QRectF(middle, area.top(), 90, area.height()))


def _paint_bar(painter: QPainter, bar: QRectF, cell: Cell) -> None:
    """Draw the prior in grey, 68 % and 95 % in colour, a tick at the mean."""
    palette, estimate = theme.current(), cell.estimate
    lower, upper = bar_range(
        estimate.value, estimate.std, estimate.prior, estimate.prior_std
    )

    def x(value: float) -> float:
        share = (value - lower) / (upper - lower)
        return bar.left() + min(max(share, 0.0), 1.0) * bar.width()

    if math.isfinite(estimate.prior) and estimate.prior_std > 0.0:
        thin = bar.adjusted(0, 1, 0, -1)
        thin.setLeft(x(estimate.prior - 2 * estimate.prior_std))
        thin.setRight(x(estimate.prior + 2 * estimate.prior_std))
        painter.fillRect(thin, QColor(palette.prior))
    colour = palette.of_pair(cell.pair)
    for times, opacity in ((2.0, 0.45), (1.0, 1.0)):
        left = x(estimate.value - times * estimate.std)
        right = x(estimate.value + times * estimate.std)
        part = QRectF(left, bar.top(), max(right - left, 2.0), bar.height())
        painter.fillRect(part, theme.colour(colour, opacity))
    middle = x(estimate.value)
    painter.setPen(QPen(QColor(palette.text), 2))
    painter.drawLine(QPointF(middle, bar.top() - 3), QPointF(middle, bar.bottom() + 3))


def bar_range(
    value: float, std: float, prior: float, prior_std: float
) -> tuple[float, float]:
    """Return the ends of a bar's axis: prior and posterior, each to two deviations."""
    ends = [value - 2.2 * std, value + 2.2 * std]
    if math.isfinite(prior) and prior_std > 0.0:
        ends += [prior - 2.2 * prior_std, prior + 2.2 * prior_std]
    else:
        ends += [value - 4.0 * std, value + 4.0 * std]
    return min(ends), max(ends)


def _paint_set_by(painter: QPainter, frame: QRectF, word: str) -> None:
    palette = theme.current()
    filled = SQUARES[word]
    for i in range(3):
        box = QRectF(frame.left() + 8 + 9 * i, frame.top() + 10, 6.5, 9)
        painter.setPen(QPen(QColor(palette.second), 1))
        painter.setBrush(
            QColor(palette.second) if i < filled else Qt.BrushStyle.NoBrush
        )
        painter.drawRect(box)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QColor(palette.text))
    painter.setFont(theme.font(theme.SIZE_NOTE))
    _at_left(painter, word or "unknown", frame.adjusted(40, 4, 0, -20))


def _centred(painter: QPainter, text: str, area: QRectF) -> None:
    painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)


def _at_left(painter: QPainter, text: str, area: QRectF) -> None:
    flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
    painter.drawText(area, flags | Qt.TextFlag.TextDontClip, text)
