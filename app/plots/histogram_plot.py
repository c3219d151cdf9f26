"""Pair lengths of many clusters beside the curves that they were drawn from."""

from dataclasses import dataclass, field

import numpy as np
import pyqtgraph as pg

from app import theme
from app.plots.theme import LABEL_ROOM, Plot, pen
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
            bars = pg.BarGraphItem(
                x0=edges[:-1],
                x1=edges[1:],
                height=values,
                brush=theme.colour(colour, 0.45),
                pen=pen(palette.surface, 0.5),
            )
            self.item.addItem(bars)
            at = int(np.argmax(values))
            self.note(
                written(name), edges[at + 1], values[at], colour, anchor=(0.0, 1.0)
            )
        ticks = pg.PlotDataItem(
            np.repeat(picture.this_cluster, 2),
            np.tile([-0.05 * top, -0.01 * top], picture.this_cluster.size),
            connect="pairs",
            pen=pen(palette.text, 1.0),
        )
        self.item.addItem(ticks)
        self.tell(f"Distances of {', '.join(picture.partials)}.")
