"""Small plots over many clusters: smallest distances, angles, genetic algorithm."""

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QPointF

from app.look import theme
from app.plots.plot import Plot
from app.plots.theme import pen

CLOSEST_BINS = 24
MOST_FILLED = 1.06
"""Height of a plot in heights of its highest bar."""


@dataclass(frozen=True, eq=False)
class ClosestPicture:
    """Smallest distances (Å) of the usable and the rejected clusters.

    ``here`` is that of the cluster on screen, ``limit`` (Å) the smallest allowed for
    its pair of elements, which ``pair`` names.
    """

    usable: np.ndarray = field(repr=False)
    aside: np.ndarray = field(repr=False)
    here: float
    limit: float
    pair: str


class ClosestPlot(Plot):
    """Plot of a :class:`ClosestPicture`."""

    def __init__(self) -> None:
        super().__init__("Smallest distances")
        self.axis("left").least_step = 1.0

    def draw(self, picture: ClosestPicture) -> None:
        """Draw ``picture``."""
        palette = self.begin(bottom="smallest distance (Å)", left="clusters")
        everything = np.concatenate([picture.usable, picture.aside, [picture.here]])
        lower, upper = _span(everything, least=0.1)
        edges = np.linspace(lower, upper, CLOSEST_BINS + 1)
        usable = np.histogram(picture.usable, edges)[0]
        aside = np.histogram(picture.aside, edges)[0]
        top = MOST_FILLED * max(1, int((usable + aside).max()))
        self.set_range((lower, upper), (0.0, top))
        self.bars(edges, usable + aside, theme.colour(palette.outside, 0.75))
        self.bars(edges, usable, theme.colour(palette.surface))
        self.bars(edges, usable, theme.colour(palette.accent, 0.7))
        if lower < picture.limit < upper:
            self.shade(lower, picture.limit, palette.outside, 0.08)
            self.upright(picture.limit, pen(palette.outside, 1.4, dash=(4.0, 3.0)))
        self.upright(picture.here, pen(palette.text, 1.8))
        self.tell(
            f"Smallest distances from {everything.min():.2f} to "
            f"{everything.max():.2f} Å; this cluster {picture.here:.2f} Å, "
            f"{picture.pair}, limit {picture.limit:.2f} Å."
        )


@dataclass(frozen=True, eq=False)
class AnglesPicture:
    """Histogram of angles at the absorber in the bins of ``edges`` (degrees).

    ``random`` (1/degree on ``angles``) is what directions without preference give.
    """

    name: str
    title: str
    edges: np.ndarray = field(repr=False)
    numbers: np.ndarray = field(repr=False)
    angles: np.ndarray = field(repr=False)
    random: np.ndarray = field(repr=False)


class AnglesPlot(Plot):
    """Plot of an :class:`AnglesPicture` as a density."""

    def __init__(self) -> None:
        super().__init__("Bond angles")

    def draw(self, picture: AnglesPicture) -> None:
        """Draw ``picture``."""
        palette = self.begin(bottom=f"{picture.title} (°)", left="per degree")
        step = float(picture.edges[1] - picture.edges[0])
        density = picture.numbers / max(1.0, picture.numbers.sum()) / step
        highest = max(float(density.max()), float(picture.random.max()))
        self.set_range((0.0, 180.0), (0.0, MOST_FILLED * highest))
        self.bars(picture.edges, density, theme.colour(palette.accent, 0.7))
        style = pen(palette.text, 1.2, dash=(4.0, 3.0))
        self.curve(picture.angles, picture.random, style)
        at = float(picture.edges[int(np.argmax(density))] + 0.5 * step)
        self.tell(f"Angles of {picture.name}: most often near {at:.0f} degrees.")


@dataclass(frozen=True, eq=False)
class EvolutionPicture:
    """Smallest distance (Å) by generation: of this cluster, and of the others.

    ``limit`` as in :class:`ClosestPicture`; ``longest`` is the most generations.
    """

    best: tuple[float, ...]
    worst: tuple[float, ...]
    others: tuple[tuple[float, ...], ...] = field(repr=False)
    limit: float
    longest: int


class EvolutionPlot(Plot):
    """Plot of an :class:`EvolutionPicture`."""

    def __init__(self) -> None:
        super().__init__("Progress of the genetic algorithm")
        self.axis("bottom").least_step = 1.0

    def draw(self, picture: EvolutionPicture) -> None:
        """Draw ``picture``."""
        palette = self.begin(
            bottom="generation (0: before the search)", left="smallest distance (Å)"
        )
        shown = [*picture.best, *picture.worst, picture.limit]
        shown += [value for other in picture.others for value in other]
        lower, upper = _span(np.array(shown), least=0.1)
        ends = (0.0, float(max(1, picture.longest)))
        self.set_range(ends, (lower, upper))
        lines = [
            (QPointF(i, first), QPointF(i + 1, second))
            for other in picture.others
            for i, (first, second) in enumerate(pairwise(other))
        ]
        self.segments(lines, pen(palette.border, 0.8, opacity=0.35))
        x = np.arange(len(picture.best), dtype=float)
        best, worst = np.array(picture.best), np.array(picture.worst)
        self.fill_between(x, worst, best, palette.accent, palette.band68)
        level = np.array([picture.limit, picture.limit])
        style = pen(palette.outside, 1.4, dash=(4.0, 3.0))
        self.curve(np.array(ends), level, style)
        self.curve(x, best, pen(palette.accent, 2.0))
        for place, value in zip(x, best, strict=True):
            self.dot(float(place), float(value), palette.accent)
        self.tell(
            f"Best smallest distance from {best[0]:.2f} to {best[-1]:.2f} Å in "
            f"{best.size - 2} generations; limit {picture.limit:.2f} Å."
        )


def _span(values: np.ndarray, *, least: float) -> tuple[float, float]:
    """Return the range of ``values`` with a margin, at least ``least`` wide."""
    finite = values[np.isfinite(values)]
    lower, upper = (float(finite.min()), float(finite.max())) if finite.size else (0, 1)
    margin = 0.05 * (upper - lower) + 0.5 * max(0.0, least - (upper - lower))
    return lower - margin, upper + margin
