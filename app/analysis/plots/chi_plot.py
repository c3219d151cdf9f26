"""k-weighted chi(k): as read, as the networks see it, back-calculated from g(r).

Below them, on the same scale, the residual; around them window and noise.
"""

from dataclasses import dataclass, field

import numpy as np
from PySide6.QtGui import QPen

from app.look import theme
from app.look.wording import number
from app.plots import titles
from app.plots.plot import Plot
from app.plots.theme import pen
from app.plots.window_grips import WindowGrips
from onne_core.values.prediction import BackCalculation
from onne_core.values.spectrum import Spectrum, k_weighted

THINNEST = 0.6
"""Least height of the residual's strip, relative to the largest chi shown."""


@dataclass(frozen=True, eq=False)
class ChiPicture:
    """Content of the plot.

    ``corrected`` is the spectrum after E0 shift and division by S0^2, ``None`` before
    there is a prediction; ``back`` is chi(k) of the predicted g(r), on its grid.
    ``noise`` is the standard deviation of chi, dimensionless. ``window`` (Å^-1) is that
    of the transform, ``k_min`` to ``k_max`` what the networks see;
    ``trained_weight`` is the k-weight to which the R-factor belongs; ``imported`` is
    chi(k) before mu(E) was reduced again.
    """

    measured: Spectrum = field(repr=False)
    corrected: Spectrum | None = field(repr=False)
    k_min: float
    k_max: float
    k_weight: int
    window: tuple[float, float]
    noise: float = 0.0
    back: BackCalculation | None = field(default=None, repr=False)
    trained_weight: int = 2
    imported: Spectrum | None = field(default=None, repr=False)


class ChiPlot(Plot):
    """Plot of a :class:`ChiPicture`; what the networks do not see is shaded.

    ``grips`` move the window of the transform.
    """

    def __init__(self) -> None:
        super().__init__("k-weighted chi of k")
        self.grips = WindowGrips(self)

    def draw(self, picture: ChiPicture) -> None:
        """Draw ``picture``."""
        power = picture.k_weight
        palette = self.begin(bottom=titles.K, left=titles.chi_of_k(power))
        end = min(float(picture.measured.k[-1]), picture.k_max + 2.0)
        reach = _reach(picture)
        strip = _strip(picture, reach)
        self.set_range((0.0, max(end, picture.k_max)), (-reach - strip, reach))
        self.shade(-5.0, picture.k_min, palette.shade)
        self.shade(picture.k_max, picture.k_max + 50.0, palette.shade)
        for edge in picture.window:
            self.upright(edge, pen(palette.second, 1.0, dash=(2.0, 3.0)))
        if picture.noise > 0.0:
            k = np.linspace(0.0, picture.k_max + 2.0, 80)
            width = picture.noise * k**power
            self.fill_between(k, -width, width, palette.second, 0.28)
        read = pen(palette.second, 1.0, opacity=0.8)
        self._curve(picture.measured, power, read, "as read")
        if picture.imported is not None:
            dotted = pen(palette.second, 1.3, dash=(1.6, 2.6))
            self._curve(picture.imported, power, dotted, "as imported")
        if picture.corrected is not None:
            style = pen(palette.accent, 1.5)
            self._curve(picture.corrected, power, style, "corrected")
            if picture.back is not None:
                self._draw_back(picture.corrected.k**power, picture, reach, strip)
        k = picture.measured.k
        sentence = (
            f"chi of k from {k[0]:.1f} to {k[-1]:.1f} "
            f"inverse ångström; the window is {picture.k_min:g} to {picture.k_max:g}."
        )
        if picture.back is not None:
            sentence += (
                f" Back-calculated from g of r with an R-factor of "
                f"{picture.back.r_factor_k:.3f}."
            )
        self.grips.show_window(picture.window)
        self.tell(sentence)

    def _draw_back(
        self, weight: np.ndarray, picture: ChiPicture, reach: float, strip: float
    ) -> None:
        """Draw back-calculated chi, and the residual in the ``strip`` below -reach."""
        corrected, back = picture.corrected, picture.back
        if corrected is None or back is None:
            return
        palette, k = theme.current(), corrected.k
        low, high = weight * (back.chi - back.std), weight * (back.chi + back.std)
        self.fill_between(k, low, high, palette.text, 0.12)
        dashed = pen(palette.text, 1.0)
        dashed.setDashPattern([4.0, 2.5])
        self.curve(k, weight * back.chi, dashed, name="from g(r)")
        middle = -reach - 0.4 * strip
        zero = np.full(2, middle)
        self.curve(np.array([0.0, picture.k_max + 50.0]), zero, pen(palette.border, 1))
        left = weight * back.residual
        style = pen(palette.accent, 1.0)
        self.curve(k, middle + left, style, name="residual", values=left)
        misfit = back.r_factor_k
        text = f"residual, R-factor {number(misfit, 3) if misfit < 100 else '> 100'}"
        if picture.k_weight != picture.trained_weight:
            text += f" with k-weight {picture.trained_weight}"
        bottom = -reach - strip
        self.note(text, 0.15, bottom, palette.second, anchor=(0.0, 1.0))

    def _curve(self, spectrum: Spectrum, power: int, style: QPen, name: str) -> None:
        self.curve(spectrum.k, k_weighted(spectrum, power), style, name=name)


def _strip(picture: ChiPicture, reach: float) -> float:
    """Return the height of the residual strip, 0 without a residual."""
    if picture.back is None or picture.corrected is None:
        return 0.0
    k = picture.corrected.k
    inside = (k >= picture.k_min) & (k <= picture.k_max)
    weighted = (k**picture.k_weight * picture.back.residual)[inside]
    largest = float(np.abs(weighted).max()) if inside.any() else 0.0
    return float(np.clip(2.2 * largest, THINNEST * reach, 2.0 * reach))


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
