"""Small plots over many clusters: smallest distances, angles, genetic algorithm."""

from itertools import pairwise

import numpy as np
from PySide6.QtCore import QPointF

from app.look import theme, wording
from app.plots.plot import Plot
from app.plots.theme import pen
from app.structures.cluster_facts import pair_name
from app.structures.samples import ANGLE_EDGES, Samples, shell_groups
from onne_core.clusters.geometry import closest_atoms, without_preference
from onne_core.values.sample import Sample
from onne_core.values.structure import Cluster

CLOSEST_BINS = 24
MOST_OTHERS = 60
"""Other clusters whose progress is drawn in grey."""

MOST_FILLED = 1.06
"""Height of a plot in heights of its highest bar."""


class ClosestPlot(Plot):
    """Smallest distances of the usable and the rejected clusters."""

    def __init__(self) -> None:
        super().__init__("Smallest distances")
        self.axis("left").least_step = 1.0

    def draw(self, samples: Samples, sample: Sample, cluster: Cluster) -> None:
        """Draw the distances of ``samples``; ``cluster`` of ``sample`` is on screen."""
        palette = self.begin(bottom="smallest distance (Å)", left="clusters")
        usable, aside = (
            _finite(samples.closest[list(indices)])
            for indices in (samples.usable, samples.aside)
        )
        first, second, here = closest_atoms(cluster)
        everything = np.concatenate([usable, aside, [here]])
        lower, upper = _span(everything, least=0.1)
        edges = np.linspace(lower, upper, CLOSEST_BINS + 1)
        taken = np.histogram(usable, edges)[0]
        counted = taken + np.histogram(aside, edges)[0]
        self.set_range((lower, upper), (0.0, MOST_FILLED * max(1, int(counted.max()))))
        self.bars(edges, counted, theme.colour(palette.outside, 0.75))
        self.bars(edges, taken, theme.colour(palette.surface))
        self.bars(edges, taken, theme.colour(palette.accent, 0.7))
        if lower < sample.limit < upper:
            self.shade(lower, sample.limit, palette.outside, 0.08)
            self.upright(sample.limit, pen(palette.outside, 1.4, dash=(4.0, 3.0)))
        self.upright(here, pen(palette.text, 1.8))
        self.tell(
            f"Smallest distances from {everything.min():.2f} to "
            f"{everything.max():.2f} Å; this cluster {here:.2f} Å, "
            f"{wording.pair(pair_name(cluster, first, second))}, limit "
            f"{sample.limit:.2f} Å."
        )


class AnglesPlot(Plot):
    """Angles at the absorber as a density, beside directions without preference."""

    def __init__(self) -> None:
        super().__init__("Bond angles")

    def draw(self, samples: Samples, name: str) -> None:
        """Draw the angles in the shell called ``name``."""
        system = samples.request.recipe.system
        element = system.shells[shell_groups(system)[name][0]].element
        title = wording.pair(f"{element}-{system.absorber}-{element}")
        palette = self.begin(bottom=f"{title} (°)", left="per degree")
        numbers, step = samples.angles[name], float(ANGLE_EDGES[1] - ANGLE_EDGES[0])
        density = numbers / max(1.0, numbers.sum()) / step
        angles = np.linspace(0.0, 180.0, 91)
        random = without_preference(angles)
        highest = max(float(density.max()), float(random.max()))
        self.set_range((0.0, 180.0), (0.0, MOST_FILLED * highest))
        self.bars(ANGLE_EDGES, density, theme.colour(palette.accent, 0.7))
        self.curve(angles, random, pen(palette.text, 1.2, dash=(4.0, 3.0)))
        at = float(ANGLE_EDGES[int(np.argmax(density))] + 0.5 * step)
        self.tell(f"Angles of {name}: most often near {at:.0f} degrees.")


class EvolutionPlot(Plot):
    """Smallest distance by generation: of one cluster, and of others in grey."""

    def __init__(self) -> None:
        super().__init__("Progress of the genetic algorithm")
        self.axis("bottom").least_step = 1.0

    def draw(self, samples: Samples, sample: Sample) -> None:
        """Draw the progress of ``sample`` before that of other ``samples``."""
        palette = self.begin(
            bottom="generation (0: before the search)", left="smallest distance (Å)"
        )
        others = [s.best for s in samples.samples if s.best and s is not sample]
        others = others[:MOST_OTHERS]
        best, worst = np.array(sample.best), np.array(sample.worst)
        shown = np.concatenate([best, worst, [sample.limit], *others])
        generations = samples.request.recipe.clusters.generations
        ends = (0.0, float(max(1, generations + 1)))
        self.set_range(ends, _span(shown, least=0.1))
        lines = [
            (QPointF(i, first), QPointF(i + 1, second))
            for other in others
            for i, (first, second) in enumerate(pairwise(other))
        ]
        self.segments(lines, pen(palette.border, 0.8, opacity=0.35))
        x = np.arange(best.size, dtype=float)
        self.fill_between(x, worst, best, palette.accent, palette.band68)
        level = np.full(2, sample.limit)
        style = pen(palette.outside, 1.4, dash=(4.0, 3.0))
        self.curve(np.array(ends), level, style)
        self.curve(x, best, pen(palette.accent, 2.0))
        for place, value in zip(x, best, strict=True):
            self.dot(float(place), float(value), palette.accent)
        self.tell(
            f"Best smallest distance from {best[0]:.2f} to {best[-1]:.2f} Å in "
            f"{best.size - 2} generations; limit {sample.limit:.2f} Å."
        )


def _finite(values: np.ndarray) -> np.ndarray:
    return values[np.isfinite(values)]


def _span(values: np.ndarray, *, least: float) -> tuple[float, float]:
    """Return the range of ``values`` with a margin, at least ``least`` wide."""
    finite = _finite(values)
    lower, upper = (float(finite.min()), float(finite.max())) if finite.size else (0, 1)
    margin = 0.05 * (upper - lower) + 0.5 * max(0.0, least - (upper - lower))
    return lower - margin, upper + margin
