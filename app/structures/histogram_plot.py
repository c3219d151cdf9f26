"""Pair lengths of many clusters, with the distributions they were sampled from."""

from dataclasses import dataclass, field

import numpy as np
from PySide6.QtCore import QPointF

from app.look import theme
from app.look.wording import pair as written
from app.plots.plot import Plot
from app.plots.theme import DASHES, LABEL_ROOM, pen


@dataclass(frozen=True, eq=False)
class LengthsPicture:
    """Mean g(r) (Å^-1) per pair: counted between ``edges``, expected on ``r`` (Å)."""

    edges: np.ndarray = field(repr=False)
    counted: dict[str, np.ndarray] = field(repr=False)
    r: np.ndarray = field(repr=False)
    expected: dict[str, np.ndarray] = field(repr=False)
    this_cluster: np.ndarray = field(repr=False)
    """Pair lengths of the cluster on screen, Å."""


class LengthsPlot(Plot):
    """Plot of a :class:`LengthsPicture`; ticks mark the cluster on screen."""

    def __init__(self) -> None:
        super().__init__("Partial g of r of the clusters")

    def draw(self, picture: LengthsPicture) -> None:
        """Draw ``picture``."""
        palette = self.begin(bottom="<i>r</i> (Å)", left="<i>g</i>(<i>r</i>) (Å⁻¹)")
        everything = (*picture.counted.values(), *picture.expected.values())
        top = max((float(v.max()) for v in everything), default=0.0) or 1.0
        edges, taken = picture.edges, []
        self.set_range(
            (float(edges[0]), float(edges[-1])), (-0.07 * top, top), room=LABEL_ROOM
        )
        for index, (name, values) in enumerate(picture.counted.items()):
            colour = palette.of_pair(index)
            self.bars(edges, values, theme.colour(colour, 0.35))
            curve = picture.expected.get(name, np.zeros_like(picture.r))
            dash = DASHES[index % len(DASHES)]
            self.curve(picture.r, curve, pen(colour, 1.8, dash=dash))
            at = int(np.argmax(curve))
            x, y = float(picture.r[at]), max(float(curve[at]), float(values.max()))
            y = _raised(x, y, top, taken)
            self.note(written(name), x, y, colour, anchor=(0.5, 1.0))
        ticks = [
            (QPointF(x, -0.055 * top), QPointF(x, -0.01 * top))
            for x in picture.this_cluster
        ]
        self.segments(ticks, pen(palette.text, 1.0))
        self.tell(
            f"Distances of {', '.join(picture.counted)} in the clusters, with the "
            "distributions they were sampled from."
        )


def _raised(x: float, y: float, top: float, taken: list[tuple[float, float]]) -> float:
    """Return a free height for a name at ``x``, avoiding those ``taken``."""
    while any(abs(x - a) < 0.6 and abs(y - b) < 0.1 * top for a, b in taken):
        y += 0.1 * top
    y = min(y, top)
    taken.append((x, y))
    return y
