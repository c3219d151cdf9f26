"""Time of a prediction with ten members, alone and among a thousand, on one thread.

E0 and S0^2 are given: what their fit takes, spectrum by spectrum, counts apart.
"""

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from onne_core import pipeline
from onne_core.ensemble.predict import Ensemble
from onne_core.prediction import MeasurementSettings
from onne_core.spectrum import Spectrum

EXAMPLES = Path(__file__).parents[2] / "resources" / "examples"
MEMBERS = 10
MANY = 1000
REPEATS = 40


@pytest.fixture(scope="module")
def ensemble() -> Ensemble:
    ensemble = pipeline.load_ensemble("ni-foil")
    assert ensemble.predict(spectra(1)[0], MeasurementSettings()).members == MEMBERS
    return ensemble


def spectra(count: int) -> list[Spectrum]:
    """Return the bundled example with noise of its own for every copy."""
    example = pipeline.measured_spectrum(EXAMPLES / "ni_foil_300K.chi")
    rng = np.random.default_rng(0)
    size = example.chi.size
    return [
        replace(example, k=example.k.copy(), chi=example.chi + 1e-3 * noise)
        for noise in rng.normal(size=(count, size))
    ]


def seconds(function, *arguments) -> float:
    """Return the CPU time of all threads, which does not count what others do."""
    start = time.process_time()
    function(*arguments)
    return time.process_time() - start


def test_prediction(figure, ensemble) -> None:
    measured = spectra(REPEATS)
    fits = [seconds(ensemble.settings_for, item) for item in measured]
    settings = ensemble.settings_for(measured[0])
    taken = [seconds(ensemble.predict, item, settings) for item in measured]
    note = f"{MEMBERS} members, median of {REPEATS}, CPU time of all threads"
    figure("predict_ms", 1e3 * np.median(taken), wanted="< 5", note=note)
    figure("first_shell_fit_ms", 1e3 * np.median(fits), wanted="-", note=note)


def test_thousand_predictions(figure, ensemble) -> None:
    measured = spectra(MANY)
    settings = [ensemble.settings_for(measured[0])] * MANY
    for item in measured:
        ensemble.fit(item)
    taken = seconds(ensemble.predict_many, measured, settings)
    figure("predict_1000_s", taken, wanted="< 1", note="CPU time of all threads")
