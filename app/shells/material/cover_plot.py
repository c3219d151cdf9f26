"""Measured spectrum in R, over the ranges in which the proposed shells may show."""

from app.plots import titles
from app.plots.plot import Plot
from app.plots.theme import pen
from onne_core.proposals.proposal import Proposal, shell_rows
from onne_core.values.peaks import FARTHEST, TYPICAL_SHIFT, magnitude_of
from onne_core.values.spectrum import Spectrum

WORDS = (
    f"Shaded: distances of the reported shells, less the typical phase shift of "
    f"{TYPICAL_SHIFT:g} Å. Check ranges under Shells calculates the spectra."
)


class CoverPlot(Plot):
    """Plot of abs(chi(R)) and a band for the mean distance of every reported shell."""

    def draw(self, spectrum: Spectrum, proposal: Proposal) -> None:
        """Draw ``spectrum`` with the window of ``proposal``."""
        training = proposal.recipe.training
        power = training.k_weight
        r, magnitude = magnitude_of(
            spectrum, k_min=training.k_min, k_max=training.k_max, power=power
        )
        palette = self.begin(
            bottom=titles.NO_PHASE_SHIFT, left=titles.magnitude_of_r(power)
        )
        self.set_range((0.0, FARTHEST), (0.0, 1.08 * float(magnitude.max()) or 1.0))
        rows = [row for row in shell_rows(proposal.recipe.system) if row.is_reported]
        for row in rows:
            start, end = row.distance.lower, row.distance.upper
            self.shade(start - TYPICAL_SHIFT, end - TYPICAL_SHIFT, palette.accent, 0.18)
        self.curve(r, magnitude, pen(palette.text, 1.5), name="measured")
        self.tell(
            f"Magnitude of chi of R of {spectrum.name}, with the ranges of "
            f"{len(rows)} shells behind it."
        )
