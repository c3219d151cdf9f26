"""True and predicted g(r) of one held-out example."""

from dataclasses import dataclass, field

import numpy as np

from app.plots.plot import Plot
from app.plots.theme import DASHES, pen


@dataclass(frozen=True, eq=False)
class HeldOutCurve:
    """One shell: bins (Å), true g(r) and answer (Å⁻¹), the number of its pair."""

    r: np.ndarray = field(repr=False)
    truth: np.ndarray = field(repr=False)
    answer: np.ndarray = field(repr=False)
    pair: int = 0


@dataclass(frozen=True, eq=False)
class HeldOutPicture:
    """One example; ``top`` is the largest g(r) (Å⁻¹) to show."""

    curves: tuple[HeldOutCurve, ...]
    top: float
    sentence: str = ""


class HeldOutPlot(Plot):
    """Plot of a :class:`HeldOutPicture`: the truth as an area, the answer as a line."""

    def draw(self, picture: HeldOutPicture) -> None:
        """Draw ``picture``."""
        palette = self.begin(bottom="<i>r</i> (Å)", left="<i>g</i>(<i>r</i>) (Å⁻¹)")
        if not picture.curves:
            self.tell("No epoch finished yet.")
            return
        first = min(float(curve.r[0]) for curve in picture.curves)
        last = max(float(curve.r[-1]) for curve in picture.curves)
        self.set_range((first, last), (-0.02 * picture.top, 1.06 * picture.top))
        for curve in picture.curves:
            zero = np.zeros_like(curve.truth)
            self.fill_between(curve.r, zero, curve.truth, palette.second, 0.22)
            self.curve(curve.r, curve.truth, pen(palette.text, 1.0, opacity=0.7))
        for curve in picture.curves:
            dash = DASHES[curve.pair % len(DASHES)]
            colour = palette.of_pair(curve.pair)
            self.curve(curve.r, curve.answer, pen(colour, 1.8, dash=dash))
        self.tell(picture.sentence)

    def forget(self) -> None:
        """Show empty axes."""
        self.draw(HeldOutPicture((), 1.0))
