"""Band of macrostates, a few of their curves, and a measurement over it."""

from dataclasses import dataclass, field

import numpy as np

from app.plots.plot import Plot
from app.plots.theme import pen


@dataclass(frozen=True, eq=False)
class BandPicture:
    """Curves of macrostates on one ``x``, and perhaps a ``measured`` one.

    ``window`` is the part that counts; the rest is shaded. ``is_old`` where the curves
    are those of other ranges.
    """

    bottom: str
    left: str
    x: np.ndarray = field(repr=False)
    curves: np.ndarray = field(repr=False)
    measured: np.ndarray | None = field(repr=False)
    window: tuple[float, float]
    ends: tuple[float, float]
    sentence: str
    is_old: bool = False


class BandPlot(Plot):
    """Plot of a :class:`BandPicture`."""

    SAMPLES = 6

    def draw(self, picture: BandPicture) -> None:
        """Draw ``picture``."""
        palette = self.begin(bottom=picture.bottom, left=picture.left)
        x, (start, end) = picture.x, picture.window
        inside = (x >= start) & (x <= end)
        lower, upper = picture.curves.min(axis=0), picture.curves.max(axis=0)
        ends = [lower[inside], upper[inside]]
        if picture.measured is not None:
            ends.append(picture.measured[inside])
        highest = max(float(part.max()) for part in ends)
        lowest = min(float(part.min()) for part in ends)
        room = 0.06 * (highest - lowest) or 1.0
        floor = 0.0 if lowest >= 0.0 else lowest - room
        self.set_range(picture.ends, (floor, highest + room))
        self.shade(picture.ends[0] - 1.0, start, palette.shade)
        self.shade(end, picture.ends[1] + 1.0, palette.shade)
        fade = 0.6 if picture.is_old else 1.0
        self.fill_between(x, lower, upper, palette.accent, 0.24 * fade)
        for curve in picture.curves[: self.SAMPLES]:
            self.curve(x, curve, pen(palette.accent, 0.8, opacity=0.5 * fade))
        if picture.measured is not None:
            style = pen(palette.text, 1.5)
            self.curve(x, picture.measured, style, name="measured")
        self.tell(picture.sentence)
