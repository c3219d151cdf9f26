"""Evidence for a verdict: everything known about a spectrum when it is judged."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from onne_core.ensemble.crystal import Crystal
from onne_core.first_shell.alignment import Alignment
from onne_core.values.prediction import (
    BackCalculation,
    JointFit,
    MeasurementSettings,
    NearestSpectrum,
)
from onne_core.values.spectrum import Spectrum


@dataclass(frozen=True, eq=False)
class Evidence:
    """Everything known about one spectrum when it is judged.

    ``statistics`` are those of domain.py, ``values`` and ``spreads`` N (1), R (Å),
    sigma (Å) of every head and their uncalibrated standard deviations, ``noise`` the
    standard deviation of white noise in chi, ``nearest`` the training spectra most
    like it; ``settings`` are those asked for, ``fit`` is the first-shell fit, where
    there is no ``joint`` posterior. ``crystal`` is that of the training set, if it was
    made from one; ``free_numbers`` are N and its standard deviation of every head if
    nothing were known of the sample, where something is.
    """

    spectrum: Spectrum
    statistics: Float[np.ndarray, " statistic"]
    values: Float[np.ndarray, "head 3"]
    spreads: Float[np.ndarray, "head 3"]
    settings: MeasurementSettings
    fit: Alignment | None
    noise: float
    back: BackCalculation | None = None
    nearest: tuple[NearestSpectrum, ...] = ()
    joint: JointFit | None = None
    crystal: Crystal | None = None
    free_numbers: Float[np.ndarray, "head 2"] | None = None
