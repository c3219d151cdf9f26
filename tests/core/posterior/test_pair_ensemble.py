"""The bundled ensemble of one pair, on distributions that no macrostate has."""

import numpy as np
import pytest

from evaluation.demo.densities import Bimodal, Gaussian, Skewed
from evaluation.dimers import PairSpectra, pair_spectra, set_of
from evaluation.sections.dimer import KNOWN, SYSTEM
from onne_core.locations import models_folders
from onne_core.pipeline.analysis.analysis import load_ensemble
from onne_core.values.radial_distance import relative_l1
from onne_core.values.spectrum import Spectrum

MOST_BYTES = 8_000_000


@pytest.fixture(scope="module")
def spectra() -> PairSpectra:
    return pair_spectra(SYSTEM)


def test_bundles_are_small() -> None:
    (folders,) = (place for place in models_folders() if (place / "ni-foil").is_dir())
    for folder in sorted(folders.iterdir()):
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        assert size <= MOST_BYTES, folder.name


@pytest.mark.feff
def test_chi_is_the_integral_over_g(spectra: PairSpectra) -> None:
    made = set_of(spectra, [Gaussian(2.4, 0.12), Skewed(2.8, 0.1, 0.8)])
    g, chi = made.pairs.g[:, 0], made.pairs.chi
    assert g.sum(axis=1) * made.radial.step == pytest.approx([1.0, 1.0])
    inside = (spectra.k > 2.0) & (spectra.k < 8.0)
    by_bins = g @ spectra.kernel.T
    size = np.abs(chi[:, inside]).max()
    np.testing.assert_allclose(by_bins[:, inside], chi[:, inside], atol=0.02 * size)
    assert made.pairs.moments[0, 0, 1:3] == pytest.approx([2.4, 0.0144], abs=1e-4)


@pytest.mark.feff
def test_two_distances_are_told_apart(spectra: PairSpectra) -> None:
    ensemble = load_ensemble("dimer")
    split = Bimodal(Gaussian(2.2, 0.06), Gaussian(2.6, 0.06), 0.5)
    made = set_of(spectra, [split])
    spectrum = Spectrum(made.k.copy(), made.pairs.chi[0].astype(float))
    prediction = ensemble.predict(spectrum, KNOWN)
    band = prediction.pairs["Ni-Ni"]
    truth = np.interp(prediction.r, made.radial.centres, made.pairs.g[0, 0])
    assert relative_l1(band.g, truth=truth) < 0.25
    assert prediction.verdict.name != "outside"
    (shell,) = prediction.shells
    assert shell.coordination_number.fixed
    assert shell.distance.value == pytest.approx(2.4, abs=0.02)
    found = ensemble.settings_for(spectrum)
    assert abs(found.e0_shift) < 3.0 * found.e0_shift_std
    assert ensemble.predict(spectrum, found).verdict.name != "outside"
