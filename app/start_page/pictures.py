"""Three small pictures on the start page, drawn from formulas."""

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.look import icons, theme


class Picture(QWidget):
    """A quiet ground on which subclasses draw."""

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumHeight(132)
        self.setMaximumHeight(168)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        """Return the wanted size."""
        return QSize(320, 168)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground, then the picture."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.current().window))
        painter.drawRoundedRect(QRectF(self.rect()), 5, 5)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        self.draw(painter, QRectF(self.rect()).adjusted(18, 16, -18, -16))
        painter.end()

    def draw(self, painter: QPainter, area: QRectF) -> None:
        """Draw into ``area``."""
        raise NotImplementedError


class SpectrumPicture(Picture):
    """A spectrum, an arrow, its g(r) with a band."""

    def draw(self, painter: QPainter, area: QRectF) -> None:
        """Draw into ``area``."""
        palette = theme.current()
        half = 0.46 * area.width()
        left = QRectF(area.left(), area.top(), half, area.height())
        right = QRectF(area.right() - half, area.top(), half, area.height())
        x = np.linspace(0.0, 1.0, 160)
        rng = np.random.default_rng(7)
        wave = np.exp(-2.6 * x) * np.sin(34.0 * x) + 0.02 * rng.standard_normal(160)
        _curve(painter, left, x, 0.5 + 0.42 * wave, palette.text, 1.4)
        colour = palette.series[0]
        peaks = _gauss(x, 0.22, 0.045) + 0.42 * _gauss(x, 0.55, 0.06)
        peaks += 0.8 * _gauss(x, 0.85, 0.055)
        for width, opacity in ((0.09, palette.band95), (0.045, palette.band68)):
            band = np.concatenate([peaks * (1 - width), (peaks * (1 + width))[::-1]])
            ends = np.concatenate([x, x[::-1]])
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour(colour, opacity))
            painter.drawPolygon(_points(right, ends, 0.04 + 0.85 * band))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        _curve(painter, right, x, 0.04 + 0.85 * peaks, colour, 1.8)
        arrow = QRectF(area.center().x() - 7, area.center().y() - 7, 14, 14)
        icons.paint(painter, "right", arrow, QColor(palette.second))


class CurvesPicture(Picture):
    """Distance distributions of three shells."""

    def draw(self, painter: QPainter, area: QRectF) -> None:
        """Draw into ``area``."""
        palette = theme.current()
        x = np.linspace(0.0, 1.0, 160)
        for index, (mean, width, height) in enumerate(
            ((0.2, 0.045, 1.0), (0.58, 0.075, 0.55), (0.8, 0.1, 0.4))
        ):
            colour = palette.of_pair(index)
            for shift in (-0.03, -0.012, 0.014, 0.03):
                curve = height * (1 - 4 * abs(shift)) * _gauss(x, mean + shift, width)
                _curve(painter, area, x, 0.03 + 0.92 * curve, colour, 0.8, 0.5)
            middle = 0.03 + 0.92 * height * _gauss(x, mean, width)
            _curve(painter, area, x, middle, colour, 1.9)


class ClusterPicture(Picture):
    """An absorber with its twelve neighbours in a face-centred lattice."""

    def draw(self, painter: QPainter, area: QRectF) -> None:
        """Draw into ``area``."""
        palette = theme.current()
        sites = _turned(_neighbours())
        order = np.argsort(sites[:, 2])
        centre, scale = area.center(), 0.36 * area.height()
        spots = [
            QPointF(centre.x() + scale * p[0], centre.y() - scale * p[1]) for p in sites
        ]
        painter.setPen(QPen(QColor(palette.prior), 3))
        for spot in spots[1:]:
            painter.drawLine(centre, spot)
        for i in order:
            depth = 0.5 + 0.35 * float(sites[i, 2])
            colour = palette.accent if i == 0 else palette.series[3]
            painter.setPen(QPen(QColor(palette.surface), 1.2))
            painter.setBrush(
                theme.colour(colour, 1.0 if i == 0 else 0.35 + 0.6 * depth)
            )
            radius = 11.0 if i == 0 else 6.0 + 4.5 * depth
            painter.drawEllipse(spots[i], radius, radius)


def _gauss(x: np.ndarray, mean: float, width: float) -> np.ndarray:
    return np.exp(-0.5 * ((x - mean) / width) ** 2)


def _points(area: QRectF, x: np.ndarray, y: np.ndarray) -> QPolygonF:
    return QPolygonF(
        [
            QPointF(area.left() + area.width() * a, area.bottom() - area.height() * b)
            for a, b in zip(x, y, strict=True)
        ]
    )


def _curve(
    painter: QPainter,
    area: QRectF,
    x: np.ndarray,
    y: np.ndarray,
    colour: str,
    width: float,
    opacity: float = 1.0,
) -> None:
    painter.setPen(QPen(theme.colour(colour, opacity), width))
    painter.drawPolyline(_points(area, x, y))


def _neighbours() -> np.ndarray:
    """Return the origin and its twelve nearest sites, in units of their distance."""
    steps = (-1.0, 1.0)
    sites = [(0.0, 0.0, 0.0)]
    for a in steps:
        for b in steps:
            sites += [(a, b, 0.0), (a, 0.0, b), (0.0, a, b)]
    return np.array(sites) / np.sqrt(2.0)


def _turned(sites: np.ndarray) -> np.ndarray:
    """Return ``sites`` seen from a side on which few of them hide."""
    a, b = 0.42, 0.3
    about_y = np.array(
        [[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]]
    )
    about_x = np.array(
        [[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]]
    )
    return 1.25 * sites @ about_y.T @ about_x.T
