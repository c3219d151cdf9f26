"""Plotted content of a prediction: curves to compare, and the weighting of chi(k)."""

from dataclasses import dataclass, field, replace

import numpy as np
from jaxtyping import Float

from onne_core.values.prediction import Prediction
from onne_core.values.radial import RadialDistribution
from onne_core.values.spectrum import Spectrum, magnitude_in_r


@dataclass(frozen=True, eq=False)
class PlottedPrediction:
    """A prediction with the curves plotted beside it.

    ``measured`` is chi(k) as read, ``None`` for that of the prediction. ``beside``
    maps names to other g(r): known ones, other methods, other ensembles. ``window``
    (Å^-1) and ``power`` are those of the plots, ``None`` as the networks were trained.
    """

    prediction: Prediction
    measured: Spectrum | None = None
    beside: dict[str, RadialDistribution] = field(default_factory=dict)
    window: tuple[float, float] | None = None
    power: int | None = None

    @property
    def as_read(self) -> Spectrum:
        """chi(k) as read from the file."""
        return self.measured or self.prediction.spectrum

    @property
    def k_weight(self) -> int:
        """Power of k in the plots."""
        return self.prediction.k_weight if self.power is None else self.power

    @property
    def k_range(self) -> tuple[float, float]:
        """Ends of the window of the transform, Å^-1."""
        return self.window or (self.prediction.k_min, self.prediction.k_max)

    def magnitudes(
        self,
    ) -> tuple[Float[np.ndarray, " r"], dict[str, Float[np.ndarray, " r"]]]:
        """Return R (Å, no phase shift) and abs(chi(R)) by name (Å^-(power+1)).

        Names: "read", "corrected", and "back" where there is a back-calculation.
        """
        corrected, back = self.prediction.corrected, self.prediction.back
        shown = {"read": self.as_read, "corrected": corrected}
        if back is not None:
            shown["back"] = replace(corrected, chi=back.chi)
        k_min, k_max = self.k_range
        found = {
            name: magnitude_in_r(
                spectrum, k_min=k_min, k_max=k_max, power=self.k_weight
            )
            for name, spectrum in shown.items()
        }
        r = found["read"][0]
        return r, {name: magnitude for name, (_, magnitude) in found.items()}
