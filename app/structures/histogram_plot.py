"""Pair lengths of many clusters, with the distributions they were sampled from."""

import numpy as np
from PySide6.QtCore import QPointF

from app.look import theme
from app.look.wording import pair as written
from app.plots import titles
from app.plots.plot import Plot
from app.plots.theme import DASHES, LABEL_ROOM, pen
from app.structures.samples import Samples


class LengthsPlot(Plot):
    """Mean g(r) per pair, counted and expected; ticks mark one cluster."""

    def __init__(self) -> None:
        super().__init__("Partial g of r of the clusters")

    def draw(self, samples: Samples, this_cluster: np.ndarray) -> None:
        """Draw the pair lengths of ``samples`` and of ``this_cluster`` (Å)."""
        palette = self.begin(bottom=titles.R, left=titles.G)
        everything = (*samples.counted.values(), *samples.expected.values())
        top = max((float(v.max()) for v in everything), default=0.0) or 1.0
        edges = samples.edges
        self.set_range(
            (float(edges[0]), float(edges[-1])), (-0.07 * top, top), room=LABEL_ROOM
        )
        for index, (name, values) in enumerate(samples.counted.items()):
            colour = palette.of_pair(index)
            self.bars(edges, values, theme.colour(colour, 0.35))
            curve = samples.expected.get(name, np.zeros_like(samples.r))
            dash = DASHES[index % len(DASHES)]
            self.curve(samples.r, curve, pen(colour, 1.8, dash=dash))
            at = int(np.argmax(curve))
            x, y = float(samples.r[at]), max(float(curve[at]), float(values.max()))
            apart = (0.6, 0.1 * top)
            self.name_peak(written(name), (x, y), colour, apart=apart, most=top)
        ticks = [
            (QPointF(x, -0.055 * top), QPointF(x, -0.01 * top)) for x in this_cluster
        ]
        self.segments(ticks, pen(palette.text, 1.0))
        self.tell(
            f"Distances of {', '.join(samples.counted)} in the clusters, with the "
            "distributions they were sampled from."
        )
