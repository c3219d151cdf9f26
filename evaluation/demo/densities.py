"""Densities of one pair length with known cumulative distribution and moments."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.special import gammainc, ndtr

from onne_core.values.radial import Moments

Lengths = Float[np.ndarray, " r"]


class PairDensity(ABC):
    """A probability density of the length r (Å) of one pair."""

    @abstractmethod
    def cumulative(self, r: Lengths) -> Lengths:
        """Return the probability of a length below ``r`` (Å)."""

    @property
    @abstractmethod
    def moments(self) -> Moments:
        """The exact moments; the coordination number is 1."""


@dataclass(frozen=True)
class Gaussian(PairDensity):
    """A Gaussian of given ``mean`` and ``deviation``, Å."""

    mean: float
    deviation: float

    def cumulative(self, r: Lengths) -> Lengths:
        """Return the probability of a length below ``r`` (Å)."""
        return ndtr((r - self.mean) / self.deviation)

    @property
    def moments(self) -> Moments:
        """The exact moments; the coordination number is 1."""
        return Moments(1.0, self.mean, self.deviation**2, 0.0)


@dataclass(frozen=True)
class Skewed(PairDensity):
    """A gamma density with a tail to long distances, as anharmonic bonds have.

    Shape 4 / skewness^2, shifted and scaled to ``mean`` and ``deviation`` (Å);
    ``skewness`` is positive.
    """

    mean: float
    deviation: float
    skewness: float

    def cumulative(self, r: Lengths) -> Lengths:
        """Return the probability of a length below ``r`` (Å)."""
        shape = 4.0 / self.skewness**2
        z = shape + np.sqrt(shape) * (r - self.mean) / self.deviation
        return gammainc(shape, np.clip(z, 0.0, None))

    @property
    def moments(self) -> Moments:
        """The exact moments; the coordination number is 1."""
        c3 = self.skewness * self.deviation**3
        return Moments(1.0, self.mean, self.deviation**2, c3)


@dataclass(frozen=True)
class Bimodal(PairDensity):
    """Two densities; ``share`` (0 to 1) of the pairs belong to the first."""

    first: PairDensity
    second: PairDensity
    share: float

    def cumulative(self, r: Lengths) -> Lengths:
        """Return the probability of a length below ``r`` (Å)."""
        second = self.second.cumulative(r)
        return self.share * self.first.cumulative(r) + (1.0 - self.share) * second

    @property
    def moments(self) -> Moments:
        """The exact moments; the coordination number is 1."""
        shares = np.array([self.share, 1.0 - self.share])
        parts = (self.first.moments, self.second.moments)
        means = np.array([part.distance for part in parts])
        sigma2 = np.array([part.sigma2 for part in parts])
        c3 = np.array([part.c3 for part in parts])
        mean = shares @ means
        offset = means - mean
        return Moments(
            coordination=1.0,
            distance=float(mean),
            sigma2=float(shares @ (sigma2 + offset**2)),
            c3=float(shares @ (c3 + 3.0 * offset * sigma2 + offset**3)),
        )


@dataclass(frozen=True)
class Oscillator(PairDensity):
    r"""The classical density of a harmonically oscillating dimer.

    :math:`g(r) = 1 / (\pi \sqrt{a^2 - (r - c)^2})` with ``centre`` c and
    ``amplitude`` a in Å: the time spent near r in one period. It is singular at the
    turning points.
    """

    centre: float
    amplitude: float

    def cumulative(self, r: Lengths) -> Lengths:
        """Return the probability of a length below ``r`` (Å)."""
        z = np.clip((r - self.centre) / self.amplitude, -1.0, 1.0)
        return 0.5 + np.arcsin(z) / np.pi

    @property
    def moments(self) -> Moments:
        """The exact moments; the coordination number is 1."""
        return Moments(1.0, self.centre, 0.5 * self.amplitude**2, 0.0)
