"""|chi(R)| of a spectrum, as read and as the networks see it."""

from dataclasses import dataclass, field

import numpy as np

from app.plots import titles
from app.plots.plot import Plot
from app.plots.theme import pen
from onne_core.values.spectrum import Spectrum, magnitude_in_r

R_MAX = 6.0


@dataclass(frozen=True, eq=False)
class MagnitudePicture:
    """Content of the plot; the window's limits in Å^-1, ``r_filter`` in Å.

    ``back`` is chi(k) of the predicted g(r).
    """

    measured: Spectrum = field(repr=False)
    corrected: Spectrum | None = field(repr=False)
    k_min: float
    k_max: float
    k_weight: int
    r_filter: tuple[float, float]
    back: Spectrum | None = field(default=None, repr=False)


class MagnitudePlot(Plot):
    """Plot of a :class:`MagnitudePicture`; what the networks do not use is shaded."""

    def __init__(self) -> None:
        super().__init__("Magnitude of chi of R")

    def draw(self, picture: MagnitudePicture) -> None:
        """Draw ``picture``."""
        palette = self.begin(
            bottom=titles.NO_PHASE_SHIFT, left=titles.magnitude_of_r(picture.k_weight)
        )
        styles = (
            ("as read", picture.measured, pen(palette.second, 1.0, opacity=0.8)),
            ("corrected", picture.corrected, pen(palette.accent, 1.5)),
            ("from g(r)", picture.back, pen(palette.text, 1.0, dash=(4.0, 2.5))),
        )
        highest, peak = 0.0, 0.0
        for name, spectrum, style in styles:
            if spectrum is None:
                continue
            r, magnitude = magnitude_in_r(
                spectrum,
                k_min=picture.k_min,
                k_max=picture.k_max,
                power=picture.k_weight,
                r_max=R_MAX,
            )
            self.curve(r, magnitude, style, name=name)
            highest = max(highest, float(magnitude.max()))
            peak = float(r[np.argmax(magnitude)])
        self.set_range((0.0, R_MAX), (0.0, 1.08 * highest or 1.0))
        self.shade(-1.0, picture.r_filter[0], palette.shade)
        self.shade(picture.r_filter[1], R_MAX + 1.0, palette.shade)
        self.tell(
            f"The highest peak lies at {peak:.2f} ångström, no phase shift added."
        )
