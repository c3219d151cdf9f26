"""Frame of a plot: where the curves are, and an axis at two of its sides.

pyqtgraph's own plot item also brings a title, buttons, and a menu with forty fields,
made for each plot though nobody opens it: 20 ms, a third of the time of a page.
"""

from typing import Any

import pyqtgraph as pg
from PySide6.QtWidgets import QGraphicsGridLayout

from app.plots.axis import Axis

WIDE = 100
"""Stretch of the curves' row and column; the axes have fixed sizes."""


class Body(pg.GraphicsWidget):
    """A view box between axes at the left and the bottom."""

    def __init__(self) -> None:
        super().__init__()
        self.box: Any = pg.ViewBox(parent=self, enableMenu=False)
        self.box.setMouseEnabled(x=False, y=False)
        self._axes = {side: Axis(side) for side in ("left", "bottom")}
        grid = QGraphicsGridLayout()
        grid.setContentsMargins(1, 1, 1, 1)
        grid.setSpacing(0)
        grid.addItem(self.box, 0, 1)
        for axis, place in zip(self._axes.values(), ((0, 0), (1, 1)), strict=True):
            axis.linkToView(self.box)
            grid.addItem(axis, *place)
            # Above the curves, as a grid is drawn by its axis.
            axis.setZValue(0.5)
            axis.setFlag(axis.GraphicsItemFlag.ItemNegativeZStacksBehindParent)
        grid.setRowStretchFactor(0, WIDE)
        grid.setColumnStretchFactor(1, WIDE)
        self.setLayout(grid)

    def axis(self, side: str) -> Axis:
        """Return the axis at the ``left`` or ``bottom``."""
        return self._axes[side]

    def show_grid(self, *sides: str, alpha: float) -> None:
        """Draw the lines of the axes ``sides`` alone, in this opacity."""
        for side, axis in self._axes.items():
            axis.setGrid(round(255 * alpha) if side in sides else False)

    def show_range(self, x: tuple[float, float], y: tuple[float, float]) -> None:
        """Show this part of the plane."""
        self.box.setRange(xRange=x, yRange=y, padding=0.0, disableAutoRange=True)
