"""Curves of g(r) that the data may change bin by bin, for shapes that no moments hold.

The networks' g(r) is the mean of a Gaussian process; its standard deviation at r
follows from the networks' uncertainty, its correlation over r has several lengths, and
held-out spectra say how large and how long (C. E. Rasmussen, C. K. I. Williams,
Gaussian Processes for Machine Learning, MIT Press 2006, sec. 2.2). Nothing becomes
negative.
"""

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from jaxtyping import Float

from onne_core.calibration.calibration import HeadAnswer
from onne_core.posterior.joint.shapes import Shapes, shapes_of

FLOOR = 0.002
"""Least standard deviation of a bin, as a share of the curve's maximum."""

SMOOTH = 0.05
"""Distance (Å) over which standard deviations are smooth: they have zeros where a shape
only moves."""

SCALES = (1.0, 2.0, 4.0, 8.0)
"""Multiples of the shortest length of the correlation, all with the same share: edges
and shells as a whole are uncertain."""

NEGLIGIBLE = 1e-3
"""Share of the whole variance below which a wave of the correlation is left out."""

LEAST_NUMBER, TINY = 0.02, 1e-9
"""Smallest share of the networks' number of neighbours, and what stands for none."""

FIXED_NUMBER = 1e-3
"""Relative standard deviation of a number of neighbours that training never varied."""


@dataclass(frozen=True)
class Process:
    """How uncertain curves are: a factor on their deviations, a length (Å) over r."""

    scale: float
    length: float


@dataclass(frozen=True, eq=False)
class Curves:
    """One head's curves, a row per start: ``g`` (Å^-1) on the uniform ``r`` (Å).

    The first coefficient changes the number of neighbours by the share ``number``, each
    other one the shape by its mode of ``modes``; all are in standard deviations.
    """

    r: Float[np.ndarray, " bin"] = field(repr=False)
    g: Float[np.ndarray, "row bin"] = field(repr=False)
    modes: Float[np.ndarray, "row mode bin"] = field(repr=False)
    number: Float[np.ndarray, " row"] = field(repr=False)

    @property
    def still(self) -> Float[np.ndarray, "row coefficient"]:
        """The coefficients that leave the curves as they are."""
        return np.zeros((len(self.g), self.size))

    @property
    def size(self) -> int:
        """Number of coefficients."""
        return 1 + self.modes.shape[1]

    def taken(self, rows: np.ndarray) -> "Curves":
        """Return the curves of ``rows``."""
        return Curves(self.r, self.g[rows], self.modes[rows], self.number[rows])

    def moved(
        self, moves: Float[np.ndarray, "row coefficient"]
    ) -> Float[np.ndarray, "row bin"]:
        """Return g(r) (Å^-1) with the coefficients ``moves``."""
        return self._number(moves) * self._shape(moves)[1]

    def moved_and_changes(
        self, moves: Float[np.ndarray, "row coefficient"]
    ) -> tuple[Float[np.ndarray, "row bin"], Float[np.ndarray, "row coefficient bin"]]:
        """Return :meth:`moved` and its derivatives by the coefficients."""
        total, shape = self._shape(moves)
        number = self._number(moves)
        own = self.modes * (shape > 0.0)[:, None]
        gained = self._step * own.sum(axis=2, keepdims=True)
        changes = (number / total)[:, None] * (own - gained * shape[:, None])
        relative = (self.number * self._counted)[:, None] * shape
        return number * shape, np.concatenate([relative[:, None], changes], axis=1)

    def moments(
        self, moves: Float[np.ndarray, "row coefficient"]
    ) -> tuple[Shapes, Float[np.ndarray, "row 4 coefficient"]]:
        """Return the moved curves as shapes, and how their moments follow the moves.

        Moments are N, R (Å), sigma (Å), and skewness / 6.
        """
        shapes = shapes_of(self.r, self.moved(moves))
        number, mean, sigma, _ = (part[:, None] for part in shapes.quantities.T)
        number = np.maximum(number, 1e-9)
        sigma, skewness = np.maximum(sigma, 1e-3), shapes.skewness[:, None]
        u = (self.r - mean) / sigma
        by_bin = np.stack(
            [
                np.ones_like(u),
                sigma * u / number,
                0.5 * sigma * (u * u - 1.0) / number,
                (u**3 - 3.0 * u - 1.5 * skewness * (u * u - 1.0) - skewness)
                / (6.0 * number),
            ],
            axis=1,
        )
        return shapes, self._step * by_bin @ self.moved_and_changes(moves)[1].swapaxes(
            1, 2
        )

    @property
    def _step(self) -> float:
        return float(self.r[1] - self.r[0])

    @property
    def _counted(self) -> Float[np.ndarray, " row"]:
        return self._step * self.g.sum(axis=1)

    def _number(self, moves: np.ndarray) -> Float[np.ndarray, "row 1"]:
        share = np.maximum(1.0 + self.number * moves[:, 0], LEAST_NUMBER)
        return (self._counted * share)[:, None]

    def _shape(
        self, moves: np.ndarray
    ) -> tuple[Float[np.ndarray, "row 1"], Float[np.ndarray, "row bin"]]:
        """Return integral and normalised shape of the changed curves."""
        changed = self.g + (moves[:, None, 1:] @ self.modes)[:, 0]
        some = np.maximum(changed, 0.0)
        total = np.maximum(self._step * some.sum(axis=1, keepdims=True), TINY)
        return total, some / total


Changeable = Shapes | Curves
"""What the data may change of one head."""


def curves_of(
    answer: HeadAnswer,
    std: Float[np.ndarray, "row 3"],
    process: Process,
    *,
    fixed: bool,
) -> Curves:
    """Return the curves of one head around the networks' answers.

    ``std`` are the calibrated standard deviations of N, R (Å) and sigma (Å); N is
    ``fixed`` where training never varied it.
    """
    step = float(answer.r[1] - answer.r[0])
    size = process.scale * deviations(answer, std)
    waves = _waves(answer.r.size, round(process.length / step, 6))
    share = process.scale * std[:, 0] / np.maximum(answer.quantities[:, 0], TINY)
    known = np.full(len(std), FIXED_NUMBER) if fixed else share
    return Curves(answer.r, answer.g, size[:, None] * waves, known)


def deviations(
    answer: HeadAnswer, std: Float[np.ndarray, "row 3"]
) -> Float[np.ndarray, "row bin"]:
    """Return standard deviations of g(r) (Å^-1), smooth over SMOOTH.

    Those from moved, widened and scaled shapes and between the members.
    """
    shapes = shapes_of(answer.r, answer.g)
    change = shapes.moved_and_changes(shapes.still)[1][:, :3] * std[:, :, None]
    variance = np.sum(change**2, axis=1) + answer.members.var(axis=0)
    bins = np.arange(answer.r.size)
    step = float(answer.r[1] - answer.r[0])
    near = np.exp(-0.5 * ((bins[:, None] - bins) * step / SMOOTH) ** 2)
    smooth = variance @ (near / near.sum(axis=0))
    return np.sqrt(smooth + (FLOOR * answer.g.max(axis=1, keepdims=True)) ** 2)


@lru_cache(maxsize=32)
def _waves(bins: int, length: float) -> Float[np.ndarray, "mode bin"]:
    """Return the waves whose products sum to the correlation over r.

    ``length`` in bins is the shortest of it.
    """
    apart = np.arange(bins)[:, None] - np.arange(bins)
    parts = [np.exp(-0.5 * (apart / (length * times)) ** 2) for times in SCALES]
    values, vectors = np.linalg.eigh(np.mean(parts, axis=0))
    kept = values > NEGLIGIBLE * values[-1]
    return (vectors[:, kept] * np.sqrt(values[kept])).T
