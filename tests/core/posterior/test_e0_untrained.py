"""Networks that were trained without E0 offsets and noise, as the paper's recipe is."""

from dataclasses import replace

import numpy as np

from onne_core.posterior.predict import Ensemble
from onne_core.values.prediction import MeasurementSettings
from tests.core import tiny_ensemble


def test_a_verdict_needs_no_trained_noise(tiny: Ensemble) -> None:
    training = replace(tiny.card.training, noise=0.0)
    ensemble = replace(tiny, card=replace(tiny.card, training=training))
    spectrum = tiny_ensemble.spectrum_of(
        tiny_ensemble.typical(), e0=tiny_ensemble.EDGE_ENERGY
    )
    noisy = replace(
        spectrum,
        chi=spectrum.chi + 0.01 * np.random.default_rng(1).normal(size=spectrum.k.size),
    )
    settings = MeasurementSettings(s02=1.0)
    assert ensemble.predict(spectrum, settings).verdict.name == "inside"
    assert ensemble.predict(noisy, settings).verdict.name == "outside"


def test_a_verdict_needs_no_trained_e0_range(tiny: Ensemble) -> None:
    training = replace(tiny.card.training, e0_range=0.0)
    ensemble = replace(tiny, card=replace(tiny.card, training=training))
    spectrum = tiny_ensemble.spectrum_of(tiny_ensemble.typical())
    near, far = (
        ensemble.predict(spectrum, MeasurementSettings(e0_shift=shift, s02=1.0))
        for shift in (0.3, 8.0)
    )
    for verdict, passed in ((near.verdict, True), (far.verdict, False)):
        (found,) = (
            one for one in verdict.reasons if "the first-shell fit (" in one.text
        )
        assert found.text.startswith("E0 is ")
        assert found.passed == passed
