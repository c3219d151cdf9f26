"""The cumulant fit: what a spectrum was made of, what is trusted, what is refused.

The spectra are integrals over a distribution of pair lengths, not the closed form that
larch fits, with a complex momentum that differs from k.
"""

from dataclasses import replace

import numpy as np
import pytest

from onne_core.baselines.cumulant_fit import fit_shells
from onne_core.baselines.larch_fit import FitSettings
from onne_core.baselines.single_scattering import doubt, multiple_scattering_from
from onne_core.errors import BundleError, FitError
from onne_core.values.conventional import CumulantFit, ShellModel
from onne_core.values.spectrum import HBAR2_OVER_2M, Spectrum, k_grid
from tests.core import tiny_ensemble

K = k_grid(18.0)
REFERENCE = 2.5
"""Half length of the path in the table, Å."""

INNER_POTENTIAL = 4.2
"""(Re p)^2 - k^2, Å^-2: that of nickel."""

SETTINGS = FitSettings(
    k_min=3.0, k_max=14.0, k_weight=2, taper=2.0, r_min=1.4, r_max=2.8, noise=1e-4
)


def table(length: float = REFERENCE) -> np.ndarray:
    """Return a path of half length ``length``, from the same wave at REFERENCE."""
    k = np.linspace(0.0, 20.0, 201)
    momentum = np.sqrt(k**2 + INNER_POTENTIAL)
    rows = [
        tiny_ensemble.amplitude(k),
        tiny_ensemble.phase(k) + 2.0 * (momentum - k) * (length - REFERENCE),
        tiny_ensemble.mean_free_path(k),
        momentum,
        np.full_like(k, length),
    ]
    return np.array([k, *rows])


def chi_of(lengths: np.ndarray, *, number: float, shift: float = 0.0) -> np.ndarray:
    """Return the mean chi of ``lengths`` (Å), in a file whose E0 is ``shift`` too low.

    The wave at a length r is that of the table's length, moved by its momentum p.
    """
    k = np.sqrt(np.clip(K**2 - shift / HBAR2_OVER_2M, 1e-4, None))
    free = tiny_ensemble.mean_free_path(k)
    p = np.sqrt(k**2 + INNER_POTENTIAL) + 1j / free
    wave = np.exp(1j * (2.0 * k * REFERENCE + tiny_ensemble.phase(k)))
    wave = wave * np.exp(-2.0 * REFERENCE / free)
    moved = np.zeros(k.size, dtype=complex)
    for r in lengths:
        moved += np.exp(2j * p * (r - REFERENCE)) / r**2
    chi = (wave * moved / lengths.size).imag
    return number * tiny_ensemble.amplitude(k) * chi / k


def gaussian(mean: float, sigma2: float) -> np.ndarray:
    """Return lengths at the middles of equal shares of a Gaussian."""
    from scipy.stats import norm

    return mean + np.sqrt(sigma2) * norm.ppf((np.arange(2000) + 0.5) / 2000)


def skewed(mean: float, sigma2: float, c3: float) -> np.ndarray:
    """Return lengths with three given cumulants: a shifted gamma distribution."""
    from scipy.stats import gamma

    shape = 4.0 * sigma2**3 / c3**2
    scale = np.sqrt(sigma2 / shape)
    share = (np.arange(4000) + 0.5) / 4000
    return mean - shape * scale + gamma.ppf(share, shape, scale=scale)


def model(label: str = "Ni-Ni 1", distance: float = 2.52, **changes) -> ShellModel:
    plain = ShellModel(
        label=label,
        pair="Ni-Ni",
        path=table(),
        number=12.0,
        distance=distance,
        sigma2=0.008,
        nearest=distance - 0.2,
        farthest=distance + 0.2,
    )
    return replace(plain, **changes)


def fitted(chi: np.ndarray, settings: FitSettings = SETTINGS) -> CumulantFit:
    return fit_shells(Spectrum(K.copy(), chi, name="made"), (model(),), settings)


@pytest.mark.parametrize("shift", [-5.0, 0.0, 8.5])
@pytest.mark.parametrize(("mean", "sigma2"), [(2.49, 0.0055), (2.53, 0.0021)])
def test_the_fit_finds_what_the_spectrum_was_made_of(
    mean: float, sigma2: float, shift: float
) -> None:
    chi = 0.85 * chi_of(gaussian(mean, sigma2), number=12.0, shift=shift)
    start = replace(SETTINGS, e0_start=shift + 2.0, s02=0.85, s02_std=0.04)
    fit = fitted(chi, start)
    (shell,) = fit.shells
    assert shell.distance.value == pytest.approx(mean, abs=1e-3)
    assert shell.sigma2.value == pytest.approx(sigma2, rel=1e-2)
    assert shell.amplitude.value == pytest.approx(0.85 * 12.0, rel=1e-2)
    assert shell.coordination_number.value == pytest.approx(12.0, rel=1e-2)
    assert shell.coordination_number.std == pytest.approx(12.0 * 0.04 / 0.85, rel=0.05)
    assert fit.e0_shift.value == pytest.approx(shift, abs=0.1)
    assert fit.r_factor < 1e-4
    assert (shell.trusted, shell.remark, shell.c3) == (True, "", None)


def test_the_third_cumulant_is_found_and_leaving_it_out_shortens_r() -> None:
    mean, sigma2, c3 = 2.50, 0.007, 1e-4
    chi = chi_of(skewed(mean, sigma2, c3), number=12.0)
    without = fitted(chi)
    fit = fitted(chi, replace(SETTINGS, c3=True))
    (shell,) = fit.shells
    assert shell.c3 is not None
    assert shell.c3.value == pytest.approx(c3, rel=0.15)
    assert shell.distance.value == pytest.approx(mean, abs=2e-3)
    assert without.shells[0].distance.value < mean - 3e-3
    assert len(fit.names) == len(without.names) + 1


def test_correlations_belong_to_the_named_variables() -> None:
    rng = np.random.default_rng(1)
    chi = chi_of(gaussian(2.49, 0.0055), number=12.0)
    fit = fitted(chi + 1e-3 * rng.standard_normal(K.size))
    found = fit.correlations
    assert found == pytest.approx(found.T)
    assert np.diag(found) == pytest.approx(1.0)
    order = {name: i for i, name in enumerate(fit.names)}
    shift, distance = order["E0 shift"], order["R of Ni-Ni 1"]
    amplitude, sigma2 = order["N S0² of Ni-Ni 1"], order["σ² of Ni-Ni 1"]
    # More energy is less k, for which a longer distance makes up; a larger amplitude
    # is damped by more disorder.
    assert found[shift, distance] > 0.7
    assert found[amplitude, sigma2] > 0.7
    assert abs(found[distance, sigma2]) < 0.5
    strongest = fit.strongest_correlation
    assert strongest is not None
    assert abs(strongest[2]) == pytest.approx(np.abs(np.triu(found, 1)).max())


def test_uncertainties_are_those_of_repeated_measurements() -> None:
    chi = chi_of(gaussian(2.49, 0.0055), number=12.0)
    fits = []
    for seed in range(8):
        noise = np.random.default_rng(seed).standard_normal(K.size)
        fits.append(fitted(chi + 2e-3 * noise, replace(SETTINGS, noise=2e-3)))
    for name in ("amplitude", "distance", "sigma2"):
        found = [getattr(fit.shells[0], name) for fit in fits]
        scatter = float(np.std([item.value for item in found]))
        claimed = float(np.median([item.std for item in found]))
        assert 0.3 < claimed / scatter < 3.0, name
    assert 0.2 < np.median([fit.reduced_chi_square for fit in fits]) < 5.0


def test_shells_share_an_e0_and_the_distant_one_is_doubted() -> None:
    chi = chi_of(gaussian(2.49, 0.0055), number=12.0, shift=3.0)
    chi = chi + chi_of(gaussian(4.30, 0.0075), number=24.0, shift=3.0)
    near, far = model(), model("Ni-Ni 3", 4.31, number=24.0, path=table(4.32))
    settings = replace(SETTINGS, r_max=4.6, e0_start=1.0)
    fit = fit_shells(Spectrum(K.copy(), chi), (near, far), settings)
    first, second = fit.shells
    assert fit.e0_shift.value == pytest.approx(3.0, abs=0.1)
    assert first.distance.value == pytest.approx(2.49, abs=1e-3)
    assert second.distance.value == pytest.approx(4.30, abs=2e-3)
    assert second.sigma2.value == pytest.approx(0.0075, rel=0.02)
    # The numbers are right since this spectrum has no multiple scattering; a measured
    # one has it, and nothing in the fit could tell.
    assert not second.trusted
    assert "multiple scattering, which sets in at" in second.remark
    assert not first.trusted
    assert "fitted together" in first.remark


def test_a_spectrum_of_something_else_is_not_trusted() -> None:
    chi = chi_of(gaussian(2.49, 0.0055), number=12.0)
    rough = chi * (1.0 + 0.5 * np.sin(0.8 * K))
    (shell,) = fitted(rough).shells
    assert not shell.trusted
    assert "R-factor above" in shell.remark
    assert shell.r_factor > 0.0


def test_a_value_at_the_end_of_its_range_is_named() -> None:
    chi = chi_of(gaussian(2.49, 0.0055), number=12.0)
    narrow = model(nearest=2.52, farthest=2.60, distance=2.55)
    fit = fit_shells(Spectrum(K.copy(), chi), (narrow,), SETTINGS)
    assert "R at the end of its range" in fit.shells[0].remark
    assert not fit.shells[0].trusted


def test_no_signal_is_no_number_to_trust_and_no_crash() -> None:
    (shell,) = fitted(np.zeros(K.size)).shells
    assert not shell.trusted


def test_too_little_data_are_refused_with_the_numbers() -> None:
    short = K < 6.0
    chi = chi_of(gaussian(2.49, 0.0055), number=12.0)
    spectrum = Spectrum(K[short].copy(), chi[short], name="short.chi")
    with pytest.raises(FitError, match=r"short.chi: k 3 to 4.95 .* 2.7 independent"):
        fit_shells(spectrum, (model(),), SETTINGS)


def test_the_window_ends_where_the_data_do() -> None:
    short = K < 11.0
    chi = chi_of(gaussian(2.49, 0.0055), number=12.0)
    fit = fit_shells(Spectrum(K[short].copy(), chi[short]), (model(),), SETTINGS)
    assert fit.k_max == pytest.approx(9.95)
    assert fit.shells[0].distance.value == pytest.approx(2.49, abs=2e-3)


@pytest.mark.parametrize(
    ("row", "value"), [(0, 1.0), (1, -1.0), (3, 0.0), (5, 0.0)], ids=str
)
def test_a_damaged_path_is_refused(row: int, value: float) -> None:
    damaged = table()
    damaged[row] = value
    spectrum = Spectrum(K.copy(), chi_of(gaussian(2.49, 0.005), number=12.0))
    with pytest.raises(BundleError, match="path of Ni-Ni 1: not the table"):
        fit_shells(spectrum, (model(path=damaged),), SETTINGS)


def test_multiple_scattering_begins_before_the_second_shell_of_a_metal() -> None:
    onset = multiple_scattering_from(2.49, k_min=3.0, k_max=14.0)
    assert onset == pytest.approx(1.5 * 2.49 - np.pi / 11.0)
    assert 2.49 < onset < 3.52
    assert doubt(2.49, onset=onset, r_factor=0.01) == ""
    assert "multiple scattering" in doubt(3.52, onset=onset, r_factor=0.01)
    assert "R-factor" in doubt(2.49, onset=onset, r_factor=float("nan"))
