"""Pre-edge line, post-edge curve and edge step of mu(E), given E0.

The formulas are those of pre_edge in larch 2026, which are Athena's (Ravel and
Newville, J. Synchrotron Rad. 12, 537 (2005), doi:10.1107/S0909049505012719); the
post-edge curve begins 150 eV above E0 where the scan is long enough, as Athena's does.
"""

import itertools
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from jaxtyping import Float

from onne_core.errors import FormatError
from onne_core.values.spectrum import Absorption, ReductionSettings

USUAL_NORM1 = 150.0
"""Start of the post-edge curve where the range allows it, Athena's default, eV."""

LONG_CURVE, SHORT_CURVE = 300.0, 30.0
"""Lengths of the post-edge curve from which it is a parabola, and a line, eV."""

FEWEST_FOR_LINE = 3

VARIED = (0.8, 1.0, 1.2)
"""Factors by which the ranges are varied to see what the edge step depends on."""

Energies = Float[np.ndarray, " e"]


@dataclass(frozen=True)
class Ranges:
    """Ranges of both curves, eV above E0, and the degree of the post-edge curve."""

    pre1: float
    pre2: float
    norm1: float
    norm2: float
    nnorm: int


@dataclass(frozen=True, eq=False)
class Normalisation:
    """Curves below and above the edge of mu(E).

    ``e0`` in eV; ``pre_edge`` and ``post_edge`` on the energies of the scan, in units
    of mu like ``step``, which is taken from the curves at E0 or given.
    """

    e0: float
    step: float
    ranges: Ranges
    pre_edge: Energies = field(repr=False)
    post_edge: Energies = field(repr=False)

    def normalised(self, mu: Energies) -> Energies:
        """Return ``mu`` between 0 before the edge and 1 after it."""
        return (mu - self.pre_edge) / self.step

    def flattened(self, mu: Energies, energy: Energies) -> Energies:
        """Return normalised ``mu`` without the slope and the bend above the edge."""
        bend = (self.post_edge - self.pre_edge) / self.step - 1.0
        return self.normalised(mu) - np.where(energy >= self.e0, bend, 0.0)


def ranges_of(
    energy: Energies, e0: float, settings: ReductionSettings | None = None
) -> Ranges:
    """Return the ranges for a scan, those of ``settings`` where they are given.

    What reaches beyond the scan is cut to it.
    """
    settings = settings or ReductionSettings()
    first, last = float(energy[0]) - e0, float(energy[-1]) - e0
    step = 5.0 if np.searchsorted(energy, e0) > 20 else 2.0
    pre1 = settings.pre1
    if pre1 is None:
        # The first point is often a bad one.
        pre1 = step * round((float(energy[1]) - e0) / step)
    pre1 = max(pre1, first)
    pre2 = settings.pre2 if settings.pre2 is not None else 0.5 * pre1
    norm2 = 5.0 * round(last / 5.0) if settings.norm2 is None else settings.norm2
    norm2 = min(norm2, last)
    norm1 = settings.norm1
    if norm1 is None:
        norm1 = min(USUAL_NORM1, 5.0 * round(norm2 / 15.0))
    norm1 = min(norm1, norm2 - 2.0)
    pre1, pre2 = sorted((pre1, pre2))
    nnorm = settings.nnorm
    if nnorm is None:
        length = norm2 - norm1
        nnorm = 2 if length >= LONG_CURVE else int(length >= SHORT_CURVE)
    return Ranges(pre1, pre2, norm1, norm2, nnorm)


def normalise(
    absorption: Absorption, e0: float, settings: ReductionSettings | None = None
) -> Normalisation:
    """Return the curves of ``absorption`` with its edge at ``e0`` (eV).

    Raises
    ------
    FormatError
        If there are no points in a range, or no step between the curves.
    """
    settings = settings or ReductionSettings()
    energy, mu = absorption.energy, absorption.mu
    where = Path(absorption.source).name or absorption.name or "mu(E)"
    if not energy[0] < e0 < energy[-1]:
        raise FormatError(
            f"{where}: E0 = {e0:g} eV is outside the data ({energy[0]:g} to "
            f"{energy[-1]:g} eV); correct E0."
        )
    ranges = ranges_of(energy, e0, settings)
    x = energy - e0
    pre = _fit(x, mu, (ranges.pre1, ranges.pre2), 1)
    if pre is None:
        raise FormatError(
            f"{where}: no points between {ranges.pre1:g} and {ranges.pre2:g} eV; "
            "change the pre-edge range."
        )
    post = _fit(x, mu - pre, (ranges.norm1, ranges.norm2), ranges.nnorm)
    if post is None:
        raise FormatError(
            f"{where}: no points between {ranges.norm1:g} and {ranges.norm2:g} eV; "
            "change the post-edge range."
        )
    step = settings.step or abs(float(post[int(np.argmin(np.abs(x)))]))
    if not np.isfinite(step) or step <= 0.0:
        raise FormatError(f"{where}: no edge found; give mu(E) across the edge.")
    return Normalisation(e0, step, ranges, pre, pre + post)


def step_spread(
    absorption: Absorption, e0: float, settings: ReductionSettings | None = None
) -> float:
    """Return the standard deviation of the edge step over 36 choices of the ranges.

    Each end away from the edge of the scan is varied by 20 %: the step is no better
    known than by what reasonable people would choose. In units of mu.
    """
    settings = settings or ReductionSettings()
    x, mu = absorption.energy - e0, absorption.mu
    own = ranges_of(absorption.energy, e0, settings)
    before = []
    for pre1, pre2 in itertools.product((0.8, 1.0), VARIED):
        low = own.pre1 * pre1
        varied = replace(settings, pre1=low, pre2=max(own.pre2 * pre2, low + 2.0))
        ranges = ranges_of(absorption.energy, e0, varied)
        line = _fit(x, mu, (ranges.pre1, ranges.pre2), 1)
        before += [line] if line is not None else []
    steps = []
    for norm1, norm2 in itertools.product(VARIED, (0.9, 1.0)):
        low = own.norm1 * norm1
        varied = replace(settings, norm1=low, norm2=max(own.norm2 * norm2, low + 2.0))
        ranges = ranges_of(absorption.energy, e0, varied)
        part, weights = _weights_at_edge(x, (ranges.norm1, ranges.norm2), ranges.nnorm)
        steps += [abs(float(weights @ (mu - line)[part])) for line in before]
    return float(np.std(steps)) if steps else 0.0


def _weights_at_edge(
    x: Energies, ends: tuple[float, float], degree: int
) -> tuple[slice, Float[np.ndarray, " part"]]:
    """Return the part between ``ends`` and the weights that give its fit at E0.

    A fit is linear in what is fitted: one set of weights serves every pre-edge line.
    """
    part, degree = _fitted_part(x, ends, degree)
    if degree < 0:
        return slice(0, 0), np.zeros(0)
    scale = np.abs(x[part]).max() or 1.0
    basis = np.vander(x[part] / scale, degree + 1)
    at = np.vander([x[int(np.argmin(np.abs(x)))] / scale], degree + 1)[0]
    return part, at @ np.linalg.pinv(basis)


def _fit(
    x: Energies, y: Energies, ends: tuple[float, float], degree: int
) -> Energies | None:
    """Return the polynomial through ``y`` between ``ends`` on all of ``x``.

    The degree is lowered where there are too few points; ``None`` where there is none.
    """
    part, degree = _fitted_part(x, ends, degree)
    if degree < 0:
        return None
    fitted = np.polynomial.Polynomial.fit(x[part], y[part], degree)
    return np.asarray(fitted(x))


def _fitted_part(
    x: Energies, ends: tuple[float, float], degree: int
) -> tuple[slice, int]:
    """Return the points between ``ends`` and the degree that they allow, or -1."""
    # As in larch the last point is that below the nearest to the upper end.
    start = max(int(np.searchsorted(x, ends[0], side="right")) - 1, 0)
    stop = int(np.argmin(np.abs(x - ends[1])))
    points = stop - start
    if points < 1:
        degree = -1
    elif points < FEWEST_FOR_LINE:
        degree = 0
    elif points < FEWEST_FOR_LINE + 2:
        degree = min(degree, 1)
    return slice(start, stop), degree
