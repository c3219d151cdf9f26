"""How far the cumulant fit of the bundled example is from its known g(r)."""

from pathlib import Path

from onne_core.formats.known import read_known_distribution
from onne_core.pipeline.analysis.analysis import (
    load_ensemble,
    measured_spectrum,
)
from onne_core.pipeline.analysis.comparing import compare
from onne_core.values.radial import moments

EXAMPLES = Path(__file__).parents[2] / "resources" / "examples"
S02 = 0.85
"""S0^2 with which the example was made."""


def test_fit_of_the_example(figure) -> None:
    ensemble = load_ensemble("ni-foil")
    spectrum = measured_spectrum(EXAMPLES / "ni_foil_300K.chi")
    prediction = ensemble.predict(spectrum, ensemble.settings_for(spectrum))
    known = read_known_distribution(EXAMPLES / "ni_foil_300K.gr.csv")
    ends = prediction.shells[0]
    g = known.partials[ends.pair]
    truth = moments(known.r, g, r_min=ends.r_min, r_max=ends.r_max)
    shell = compare(prediction, ensemble).analyses.fits[0].shells[0]
    distance = 1e3 * (shell.distance.value - truth.distance)
    sigma2 = 100.0 * (shell.sigma2.value / truth.sigma2 - 1.0)
    amplitude = 100.0 * (shell.amplitude.value / (S02 * truth.coordination) - 1.0)
    note = "cumulant fit of the first shell, bundled example, EMT 300 K"
    figure("fit_distance_error_milliangstrom", distance, wanted="+-5", note=note)
    figure("fit_sigma2_error_percent", sigma2, wanted="+-5", note=note)
    figure("fit_amplitude_error_percent", amplitude, wanted="+-5", note=note)
    assert shell.trusted
