"""The first-shell fit: it finds what a synthetic shell was made of, sign and all."""

from dataclasses import replace

import numpy as np
import pytest

from onne_core.ensemble.card import Card
from onne_core.first_shell.alignment import (
    ASSUMED_S02,
    Alignment,
    automatic_settings,
    first_shell_of,
)
from onne_core.first_shell.shell_fit import Problem, _compare, path_chi
from onne_core.posterior.predict import Ensemble
from onne_core.values.spectrum import HBAR2_OVER_2M, Spectrum, e0_shifted, k_grid
from tests.core import tiny_ensemble

PATH = tiny_ensemble.path()
K = k_grid(16.0)
SHELL = {"distance": 2.053, "sigma2": 0.0047, "c3": 0.15 * 0.0047**1.5}
NUMBER, S02 = 6.0, 0.87


def measured(shift: float, *, noise: float = 0.0, seed: int = 0) -> Spectrum:
    """Return the first shell in a file whose E0 lies ``shift`` eV too low.

    E0 of the file plus ``shift`` is that of the theory: what the theory has at the
    wave number sqrt(k^2 - shift / 3.81) is found at k.
    """
    squared = K**2 - shift / HBAR2_OVER_2M
    true_k = np.sqrt(np.clip(squared, 0.0, None))
    chi = tiny_ensemble.shell_chi(true_k, number=NUMBER * S02, **SHELL)
    chi = chi + noise * np.random.default_rng(seed).standard_normal(K.size)
    return Spectrum(K.copy(), chi)


def first_shell_fit(spectrum: Spectrum, card: Card, path: np.ndarray) -> Alignment:
    return first_shell_of(card, path).fit(spectrum)


def reordered(card: Card) -> Card:
    return replace(card, heads=card.heads[::-1])


def test_a_path_gives_the_spectrum_of_the_exafs_equation() -> None:
    k = K[40:]
    expected = tiny_ensemble.shell_chi(k, number=5.0, **SHELL)
    values = (SHELL["distance"], SHELL["sigma2"], 0.0, SHELL["c3"])
    found = path_chi(k, PATH, np.array([5.0, *values]))
    # The table is read with straight lines between points 0.1 Å^-1 apart.
    assert found == pytest.approx(expected, abs=2e-3 * np.abs(expected).max())


def compared(problem: Problem, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the misfits of ``values`` to no signal at all, and their slopes."""
    count = problem.kernel.shape[1]
    misfit, slopes = np.empty(count + 1), np.empty((5, count + 1))
    _compare(
        problem.k,
        problem.kernel,
        1,
        problem.path,
        np.zeros(count),
        1.0,
        problem.prior,
        values,
        misfit,
        slopes,
    )
    return misfit, slopes


def test_signals_and_slopes_of_the_fit_are_those_of_the_path(tiny: Ensemble) -> None:
    shell = first_shell_of(tiny.card, PATH)
    problem = replace(shell.problem, kernel=np.eye(shell.problem.k.size))
    values = np.array([5.2, SHELL["distance"], SHELL["sigma2"], 1.3, SHELL["c3"]])
    misfit, slopes = compared(problem, values)
    signal = path_chi(problem.k, PATH, values)
    assert misfit[:-1] == pytest.approx(signal, abs=1e-12)
    for i, step in enumerate((1e-4, 1e-6, 1e-7, 1e-5, 1e-8)):
        change = step * np.eye(5)[i]
        above, below = (compared(problem, values + way * change)[0] for way in (1, -1))
        expected = (above - below) / (2.0 * step)
        tolerance = 1e-4 * np.abs(expected[:-1]).max()
        assert slopes[i, :-1] == pytest.approx(expected[:-1], abs=tolerance)
        assert slopes[i, -1] == pytest.approx(expected[-1], rel=1e-4, abs=1e-9)


@pytest.mark.parametrize("shift", [-6.0, -1.3, 0.0, 2.5, 9.0])
def test_the_fit_finds_what_the_shell_was_made_of(tiny: Ensemble, shift: float) -> None:
    fit = first_shell_fit(measured(shift), tiny.card, PATH)
    assert fit.amplitude == pytest.approx(NUMBER * S02, rel=2e-3)
    assert fit.distance == pytest.approx(SHELL["distance"], abs=2e-4)
    assert fit.sigma2 == pytest.approx(SHELL["sigma2"], abs=2e-5)
    assert fit.e0_shift == pytest.approx(shift, abs=0.02)
    assert fit.r_factor < 1e-5


@pytest.mark.parametrize("shift", [-6.0, 2.5, 9.0])
def test_the_shift_has_the_sign_that_brings_the_spectrum_to_the_theory(
    tiny: Ensemble, shift: float
) -> None:
    spectrum = measured(shift)
    fit = first_shell_fit(spectrum, tiny.card, PATH)
    theory = tiny_ensemble.shell_chi(K, number=NUMBER * S02, **SHELL)
    middle = (K > 3.5) & (K < 14.0)
    back = e0_shifted(K, spectrum.chi, fit.e0_shift)
    assert back[middle] == pytest.approx(theory[middle], abs=2e-3)
    away = e0_shifted(K, spectrum.chi, -fit.e0_shift)
    assert np.abs(away - theory)[middle].max() > 0.03


@pytest.mark.parametrize("shift", [-12.0, 0.0, 12.0])
def test_no_side_minimum_is_taken_where_the_distance_may_be_any(
    tiny: Ensemble, shift: float
) -> None:
    head = tiny.card.first_head
    lowest = (*head.lowest[:1], 1.75, *head.lowest[2:])
    highest = (*head.highest[:1], 2.75, *head.highest[2:])
    wide = replace(head, lowest=lowest, highest=highest)
    card = replace(tiny.card, heads=(wide,))
    fit = first_shell_fit(measured(shift, noise=1e-3), card, PATH)
    assert fit.distance == pytest.approx(SHELL["distance"], abs=5e-3)
    assert fit.e0_shift == pytest.approx(shift, abs=0.5)


def test_automatic_settings_correct_the_spectrum(tiny: Ensemble) -> None:
    spectrum = replace(measured(4.0), e0=8329.0)
    fit = first_shell_fit(spectrum, tiny.card, PATH)
    settings = automatic_settings(tiny.card, fit, e0=None, s02=None)
    assert settings.e0_shift == pytest.approx(4.0, abs=0.02)
    assert settings.s02 == pytest.approx(S02, rel=2e-3)
    assert settings.s02_std == pytest.approx(0.05 * S02, rel=0.05)
    assert settings.e0_shift_std == pytest.approx(0.5, rel=0.05)
    assert settings.s02_source == "first-shell fit with N = 6"
    corrected = tiny_ensemble.corrected_spectrum(spectrum, settings, tiny.card)
    theory = tiny_ensemble.shell_chi(tiny.card.k, number=NUMBER, **SHELL)
    middle = tiny.card.k > 3.5
    assert corrected.chi[middle] == pytest.approx(theory[middle], abs=2e-3)
    assert corrected.e0 == pytest.approx(8333.0, abs=0.02)


def test_given_values_are_taken_as_they_are(tiny: Ensemble) -> None:
    fit = first_shell_fit(measured(4.0), tiny.card, PATH)
    settings = automatic_settings(tiny.card, fit, e0=-2.0, s02=(0.8, 0.03))
    assert (settings.e0_shift, settings.s02, settings.s02_std) == (-2.0, 0.8, 0.03)
    assert (settings.e0_source, settings.s02_source) == ("given", "given")


def test_without_a_path_nothing_is_found_and_it_says_so(tiny: Ensemble) -> None:
    settings = automatic_settings(tiny.card, None, e0=None, s02=None)
    assert (settings.e0_shift, settings.e0_shift_std) == (0.0, 3.0)
    assert settings.e0_source.startswith("not determined")
    assert (settings.s02, settings.s02_std) == ASSUMED_S02


def test_s02_is_not_fitted_where_the_number_of_neighbours_varied(
    tiny: Ensemble,
) -> None:
    head = replace(tiny.card.heads[0], fixed=(False, False, False))
    card = replace(tiny.card, heads=(head, *tiny.card.heads[1:]))
    fit = first_shell_fit(measured(0.0), card, PATH)
    settings = automatic_settings(card, fit, e0=None, s02=None)
    assert (settings.s02, settings.s02_std) == ASSUMED_S02
    assert settings.s02_source.startswith("assumed")


def test_the_nearest_shell_is_fitted_wherever_it_stands(tiny: Ensemble) -> None:
    first = first_shell_fit(measured(1.0), tiny.card, PATH)
    again = first_shell_fit(measured(1.0), reordered(tiny.card), PATH)
    assert again == first


@pytest.mark.parametrize("deviation", [0.01, 0.4])
def test_shells_narrower_or_wider_than_usual_can_be_fitted(
    tiny: Ensemble, deviation: float
) -> None:
    head = tiny.card.heads[0]
    head = replace(head, centre=(*head.centre[:2], deviation))
    card = replace(tiny.card, heads=(head, *tiny.card.heads[1:]))
    fit = first_shell_fit(measured(1.0), card, PATH)
    assert fit.distance == pytest.approx(SHELL["distance"], abs=1e-3)


def test_nothing_to_fit_is_a_bad_fit_not_a_crash(tiny: Ensemble) -> None:
    fit = first_shell_fit(Spectrum(K.copy(), np.zeros(K.size)), tiny.card, PATH)
    assert all(np.isfinite(value) for value in vars(fit).values())


def test_a_path_without_signal_is_a_bad_fit_not_a_crash(tiny: Ensemble) -> None:
    silent = PATH.copy()
    silent[1] = 0.0
    fit = first_shell_fit(measured(1.0), tiny.card, silent)
    assert fit.r_factor == pytest.approx(1.0)


def test_standard_deviations_are_those_of_repeated_measurements(
    tiny: Ensemble,
) -> None:
    fits = [
        first_shell_fit(measured(1.0, noise=3e-3, seed=seed), tiny.card, PATH)
        for seed in range(12)
    ]
    for name in ("amplitude", "distance", "sigma2", "e0_shift"):
        scatter = float(np.std([getattr(fit, name) for fit in fits]))
        claimed = float(np.median([getattr(fit, f"{name}_std") for fit in fits]))
        assert 0.4 < claimed / scatter < 2.5, name


def test_neighbouring_shells_hardly_disturb_the_first(tiny: Ensemble) -> None:
    quantities = tiny_ensemble.typical()
    fit = tiny.fit(tiny_ensemble.spectrum_of(quantities))
    assert isinstance(fit, Alignment)
    assert fit.distance == pytest.approx(quantities[0, 1], abs=0.01)
    assert fit.e0_shift == pytest.approx(0.0, abs=1.0)
    assert fit.amplitude == pytest.approx(6.0, rel=0.1)
