"""Pair lengths of many clusters beside the curves that they were drawn from."""

from dataclasses import dataclass, field

import numpy as np
from PySide6.QtCore import QPointF

from app import theme
from app.plots.plot import Plot
from app.plots.theme import LABEL_ROOM, pen
from app.wording import pair as written


@dataclass(frozen=True, eq=False)
class LengthsPicture:
    """Mean g(r) (Å^-1) of the clusters per pair, in bins of ``edges`` (Å)."""

    edges: np.ndarray = field(repr=False)
    partials: dict[str, np.ndarray] = field(repr=False)
    this_cluster: np.ndarray = field(repr=False)
    """Pair lengths of the cluster on screen, Å."""


class LengthsPlot(Plot):
    """Draws a :class:`LengthsPicture`; ticks mark the cluster on screen."""

    def __init__(self) -> None:
        super().__init__("Partial g of r of the clusters")

    def draw(self, picture: LengthsPicture) -> None:
        """Draw ``picture``."""
        palette = self.begin(bottom="<i>r</i> (Å)", left="<i>g</i>(<i>r</i>) (Å⁻¹)")
        highest = max((float(v.max()) for v in picture.partials.values()), default=0.0)
        top = highest or 1.0
        edges = picture.edges
        self.set_range(
            (float(edges[0]), float(edges[-1])), (-0.06 * top, top), room=LABEL_ROOM
        )
        for index, (name, values) in enumerate(picture.partials.items()):
            colour = palette.of_pair(index)
            self.bars(edges, values, theme.colour(colour, 0.45))
            at = int(np.argmax(values))
            self.note(
                written(name), edges[at + 1], values[at], colour, anchor=(0.0, 1.0)
            )
        ticks = [
            (QPointF(x, -0.05 * top), QPointF(x, -0.01 * top))
            for x in picture.this_cluster
        ]
        self.segments(ticks, pen(palette.text, 1.0))
        self.tell(f"Distances of {', '.join(picture.partials)}.")
