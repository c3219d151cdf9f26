"""What is known of spectra before the joint posterior reads them."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from onne_core.ensemble.card import Card
from onne_core.ensemble.uncertainty_levels import largest_e0_std
from onne_core.posterior.joint.batch import Measured
from onne_core.posterior.reading import Readings
from onne_core.values.prediction import (
    AUTOMATIC_E0,
    AUTOMATIC_E0_SOURCE,
    CALCULATED_E0,
    JointFit,
    MeasurementSettings,
)
from onne_core.values.spectrum import k_grid, on_grid

AS_TRAINED = 1.0
"""Uncertainty of E0 (eV) that the networks are told at every start."""


def automatic(settings: MeasurementSettings, fit: JointFit) -> MeasurementSettings:
    """Return ``settings`` with the E0 that ``fit`` has found."""
    return replace(
        settings,
        e0_shift=fit.e0_shift,
        e0_shift_std=fit.e0_shift_std,
        e0_source=AUTOMATIC_E0_SOURCE,
    )


def as_solved(settings: MeasurementSettings, fit: JointFit) -> MeasurementSettings:
    """Return the E0 and S0^2 at which the joint posterior explains a spectrum."""
    return replace(
        settings,
        e0_shift=fit.e0_shift,
        e0_shift_std=fit.e0_shift_std,
        s02=fit.s02,
        s02_std=fit.s02_std,
    )


def known_e0(settings: MeasurementSettings) -> tuple[float, float]:
    """Return E0 shift and standard deviation (eV) before the spectrum is read."""
    if settings.e0_source != AUTOMATIC_E0_SOURCE:
        return settings.e0_shift, settings.e0_shift_std
    return AUTOMATIC_E0 if settings.theory > 0.0 else CALCULATED_E0


def measured_for(read: Readings, items: Sequence[int], card: Card) -> Measured:
    """Return the spectra ``items`` of ``read`` as the joint posterior takes them."""
    spectra = [read.spectra[i] for i in items]
    settings = [read.settings[i] for i in items]
    last = max(float(item.k[-1]) for item in spectra)
    k = k_grid(max(last, float(card.k[-1])) + 1.0)
    largest = largest_e0_std(card.training)
    levels = read.levels[items]
    levels[:, -1] = min(AS_TRAINED / largest, 1.0) if largest > 0.0 else 0.0
    return Measured(
        k=k,
        chi=np.array([on_grid(k, item.k, item.chi) for item in spectra]),
        e0=np.array([known_e0(known) for known in settings]),
        s02=np.array([(known.s02, known.s02_std) for known in settings]),
        noise=read.noise[items],
        levels=levels,
        theory=np.array([known.theory for known in settings]),
        samples=tuple(known.sample for known in settings),
    )
