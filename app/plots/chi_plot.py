"""k-weighted chi(k): as read, as the networks see it, the window, the noise."""

from dataclasses import dataclass, field

import numpy as np

from app.plots.plot import Plot
from app.plots.theme import pen
from onne_core.spectrum import Spectrum, k_weighted

_POWERS = {1: "", 2: "²", 3: "³"}
_NEGATIVE = {1: "⁻¹", 2: "⁻²", 3: "⁻³", 4: "⁻⁴"}


@dataclass(frozen=True, eq=False)
class ChiPicture:
    """What the plot shows.

    ``corrected`` is the spectrum after E0 shift and division by S0^2, ``None`` before
    there is a prediction. ``noise`` is the standard deviation of chi, dimensionless.
    """

    measured: Spectrum = field(repr=False)
    corrected: Spectrum | None = field(repr=False)
    k_min: float
    k_max: float
    k_weight: int
    noise: float = 0.0


class ChiPlot(Plot):
    """Draws a :class:`ChiPicture`; outside the window the plot is shaded."""

    def __init__(self) -> None:
        super().__init__("k-weighted chi of k")

    def draw(self, picture: ChiPicture) -> None:
        """Draw ``picture``."""
        power = picture.k_weight
        palette = self.begin(
            bottom="<i>k</i> (Å⁻¹)",
            left=f"<i>k</i>{_POWERS[power]}<i>χ</i>(<i>k</i>) (Å{_NEGATIVE[power]})",
        )
        end = min(float(picture.measured.k[-1]), picture.k_max + 2.0)
        reach = _reach(picture)
        self.set_range((0.0, max(end, picture.k_max)), (-reach, reach))
        self.shade(-5.0, picture.k_min, palette.shade)
        self.shade(picture.k_max, picture.k_max + 50.0, palette.shade)
        if picture.noise > 0.0:
            k = np.linspace(0.0, picture.k_max + 2.0, 80)
            width = picture.noise * k**power
            self.fill_between(k, -width, width, palette.second, 0.28)
        self._curve(picture.measured, power, pen(palette.second, 1.0, opacity=0.8))
        if picture.corrected is not None:
            self._curve(picture.corrected, power, pen(palette.accent, 1.5))
        k = picture.measured.k
        self.tell(
            f"chi of k from {k[0]:.1f} to {k[-1]:.1f} "
            f"inverse ångström; the window is {picture.k_min:g} to {picture.k_max:g}."
        )

    def _curve(self, spectrum: Spectrum, power: int, style) -> None:  # noqa: ANN001
        self.curve(spectrum.k, k_weighted(spectrum, power), style)


def _reach(picture: ChiPicture) -> float:
    """Return the largest weighted chi within the window, with a margin."""
    largest = 0.0
    for spectrum in (picture.measured, picture.corrected):
        if spectrum is not None:
            inside = (spectrum.k >= picture.k_min) & (spectrum.k <= picture.k_max)
            if inside.any():
                weighted = k_weighted(spectrum, picture.k_weight)[inside]
                largest = max(largest, float(np.abs(weighted).max()))
    return 1.12 * largest or 1.0
