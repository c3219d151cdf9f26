"""mu(E) as the chosen columns give it, with the reference beside it."""

from dataclasses import dataclass, field

import numpy as np

from app.look import theme
from app.plots.plot import Plot
from app.plots.theme import pen
from onne_core.values.spectrum import Absorption


@dataclass(frozen=True, eq=False)
class CandidatePicture:
    """Content of the plot; ``None`` while the columns make no mu(E)."""

    absorption: Absorption | None = field(repr=False)


class CandidatePlot(Plot):
    """Plot of a :class:`CandidatePicture`."""

    def __init__(self) -> None:
        super().__init__("mu of E of the chosen columns")
        self.setMinimumHeight(theme.scaled(190))

    def draw(self, picture: CandidatePicture) -> None:
        """Draw ``picture``."""
        palette = self.begin(bottom="<i>E</i> (eV)", left="<i>μ</i>(<i>E</i>)")
        scan = picture.absorption
        if scan is None:
            self.set_range((0.0, 1.0), (0.0, 1.0))
            self.tell("Nothing to show yet.")
            return
        low, high = float(scan.mu.min()), float(scan.mu.max())
        margin = 0.06 * (high - low)
        ends = float(scan.energy[0]), float(scan.energy[-1])
        self.set_range(ends, (low - margin, high + margin))
        if scan.reference is not None:
            own = scan.reference - scan.reference.min()
            span = float(np.ptp(scan.reference)) or 1.0
            scaled = low + own * (high - low) / span
            style = pen(palette.second, 1.0, dash=(5.0, 3.0))
            self.curve(scan.energy, scaled, style, name="reference, scaled")
        self.curve(scan.energy, scan.mu, pen(palette.accent, 1.5), name="μ(E)")
        self.tell(f"mu of E from {ends[0]:.0f} to {ends[1]:.0f} electron volts.")
