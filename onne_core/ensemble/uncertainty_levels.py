"""Uncertainty levels of a measurement: input of the networks in addition to chi(k).

Noise, the error of the theory, S0^2 and E0 blur a spectrum by amounts that differ from
one measurement to the next and are known before it is read. Networks that know
these amounts give small uncertainties where they are small and large ones where they
are not; networks that do not must assume the usual amounts for every spectrum.
"""

import numpy as np
from jaxtyping import Float

from onne_core.values.prediction import MeasurementSettings
from onne_core.values.recipe import TrainingRecipe

LEVELS = ("noise", "theory", "amplitude", "origin")
"""Each between 0 (none) and 1 (the largest of training): square root of the noise,
share of the theory's error, standard deviations of the common factor and of E0."""


def levels_of(
    settings: MeasurementSettings, noise: float, training: TrainingRecipe
) -> Float[np.ndarray, " level"]:
    """Return the levels of a spectrum with white ``noise`` (standard deviation).

    What exceeds training is cut to it; the verdict says so. What training left out
    is 0.
    """
    sizes = (
        (noise / settings.s02, training.noise),
        (settings.theory, 1.0),
        (settings.s02_std / settings.s02, training.amplitude),
        (settings.e0_shift_std, largest_e0_std(training)),
    )
    shares = np.array([size / most if most > 0.0 else 0.0 for size, most in sizes])
    shares[0] = np.sqrt(shares[0])
    return np.clip(shares, 0.0, 1.0)


def largest_e0_std(training: TrainingRecipe) -> float:
    """Return the largest standard deviation of E0 offsets in training, eV.

    Offsets are cut at two of it, the end of the range.
    """
    return 0.5 * training.e0_range
