"""Colour maps: sequential with one hue, diverging with two."""

import numpy as np
import pyqtgraph as pg

from app.look.palette import Palette

SEQUENTIAL = {False: ("#A9CCE3", "#3C8DBC", "#0B5394", "#06264F"),
              True: ("#1F4E75", "#2F86BF", "#7CC4EF", "#E4F4FF")}  # fmt: skip
"""From the ground on, monotonic in lightness; turned round in the dark."""

BELOW = {False: ("#0B5394", "#9CC3DE"), True: ("#A8DBFF", "#2F6E9F")}
ABOVE = {False: ("#EBA6A0", "#B2182B"), True: ("#A5453F", "#FFB4AC")}
"""Blue below the ground and red above it, as difference maps are printed."""


def sequential(palette: Palette) -> np.ndarray:
    """Return the 256 colours from the ground to the largest value."""
    return _between(palette.surface, *SEQUENTIAL[palette.dark])


def diverging(palette: Palette) -> np.ndarray:
    """Return the 256 colours from the most negative value over the ground up."""
    return _between(*BELOW[palette.dark], palette.surface, *ABOVE[palette.dark])


def _between(*names: str) -> np.ndarray:
    stops = np.linspace(0.0, 1.0, len(names))
    return np.asarray(pg.ColorMap(stops, names).getLookupTable(nPts=256))
