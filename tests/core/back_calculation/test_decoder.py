"""Back-calculated chi(k): exact where theory is known, honest about its own error."""

from dataclasses import replace

import numpy as np
import pytest

from onne_core.back_calculation.decoder import (
    MOST_PRODUCTS,
    Decoder,
    Densities,
    products_of,
    terms_of,
)
from onne_core.back_calculation.decoder_fit import fit_decoder, relative_error
from onne_core.back_calculation.extra_shell import search_of
from onne_core.back_calculation.residual import (
    LEAST_NOISE,
    _uncertainties,
    back_calculations,
    example_statistics,
    scaled,
    tolerance,
)
from onne_core.bundle.bundle import read_bundle
from onne_core.bundle.statistics import statistics_from_arrays
from onne_core.calibration.calibration import HeadAnswer
from onne_core.ensemble.card import Card
from onne_core.ensemble.uncertainty_levels import LEVELS
from onne_core.errors import BundleError
from onne_core.posterior.predict import Ensemble
from onne_core.training_set.split import split_of
from onne_core.training_set.training_set import TrainingSet
from onne_core.values.prediction import BackCalculation
from onne_core.verdict.domain import RESIDUALS
from tests.core import tiny_ensemble

NO_ERROR_OF_THEORY = (
    "theory_amplitude",
    "theory_phase",
    "theory_amplitude_over_k",
    "theory_phase_over_k",
)

HEADS = range(len(tiny_ensemble.HEADS))


@pytest.fixture(scope="module")
def decoder(tiny: Ensemble) -> Decoder:
    assert tiny.decoder is not None
    return tiny.decoder


def densities_of(card: Card, g: np.ndarray) -> Densities:
    """Return g(r) of every head in its own bins, from (item, head, bin)."""
    return tuple(
        g[:, i, head.first_bin : head.first_bin + head.bins].astype(float)
        for i, head in enumerate(card.heads)
    )


def spectra(card: Card, made: TrainingSet) -> np.ndarray:
    first = round(card.k[0] / 0.05)
    return made.pairs.chi[:, first : first + card.k.size]


def answers_of(card: Card, densities: Densities) -> tuple[HeadAnswer, ...]:
    """Return answers that are known to be right."""
    return tuple(
        HeadAnswer(
            r=card.radial.centres[head.first_bin :][: head.bins],
            members=g[None],
            g=g,
            spread=np.zeros((len(g), 3)),
        )
        for head, g in zip(card.heads, densities, strict=True)
    )


def test_chi_comes_back_from_its_own_g(tiny, tiny_set, decoder) -> None:
    chi = decoder.chi(densities_of(tiny.card, tiny_set.pairs.g))
    wanted, window = spectra(tiny.card, tiny_set), tiny.card.k**2
    error = np.linalg.norm((chi - wanted) * window) / np.linalg.norm(wanted * window)
    assert error < 0.02


def test_single_scattering_is_the_integral_over_the_path(tiny) -> None:
    terms = terms_of(tiny.card, tiny.paths)
    assert terms is not None
    card, k = tiny.card, tiny.card.k
    weights = np.zeros((terms.count, k.size), complex)
    weights[terms.firsts] = -1j
    r_points = tiny.decoder.error_r.size
    plain = Decoder(
        terms, weights, np.zeros(k.size), np.zeros(r_points), np.ones(r_points)
    )
    densities = [np.zeros((1, head.bins)) for head in card.heads]
    densities[1][0, 12] = 1.0 / card.radial.step
    distance = float(card.radial.centres[card.heads[1].first_bin + 12])
    wanted = tiny_ensemble.shell_chi(k, number=1.0, distance=distance, sigma2=0.0)
    assert plain.chi(tuple(densities))[0] == pytest.approx(wanted, abs=2e-5)


def test_products_are_means_over_independent_distances(tiny) -> None:
    terms = terms_of(tiny.card, tiny.paths)
    assert terms is not None
    card = tiny.card
    g = tiny_ensemble.density_of(tiny_ensemble.typical())[None]
    densities = densities_of(card, g)
    found = dict(zip(terms.products, products_of(terms, densities), strict=True))
    waves = []
    for head, part in zip(card.heads, densities, strict=True):
        r = card.radial.centres[head.first_bin :][: head.bins]
        share = part[0] / part[0].sum()
        number = part[0].sum() * card.radial.step / head.centre[0]
        waves.append((number, share @ np.exp(1j * np.outer(r, card.k))))
    for product, value in found.items():
        a, b, *rest = (waves[i] for i in product)
        wanted = a[0] * b[0] * a[1] * b[1]
        for _, wave in rest:
            wanted = wanted * wave
        assert value[0] == pytest.approx(wanted, rel=1e-9, abs=1e-12)


def test_an_empty_shell_scatters_nothing(tiny, decoder) -> None:
    nothing = tuple(np.zeros((2, head.bins)) for head in tiny.card.heads)
    assert np.all(decoder.chi(nothing) == 0.0)
    assert terms_of(tiny.card, tiny.paths).products
    assert len(terms_of(tiny.card, tiny.paths).products) <= MOST_PRODUCTS


def test_multiple_scattering_is_learnt_from_the_pairs(tiny, tiny_set) -> None:
    """A wave over both nickel shells is in the spectra, but in no single path."""
    card = tiny.card
    k = tiny_set.k
    distance = tiny_set.pairs.moments[:, 1:, 1].sum(axis=1) + 2.0
    sigma2 = tiny_set.pairs.moments[:, 1:, 2].sum(axis=1)
    number = tiny_set.pairs.moments[:, 1:, 0].prod(axis=1)
    extra = 1e-3 * number[:, None] * np.sin(np.outer(distance, k))
    extra *= np.exp(-0.5 * np.outer(sigma2, k**2))
    pairs = replace(tiny_set.pairs, chi=tiny_set.pairs.chi + extra)
    made = replace(tiny_set, pairs=pairs)
    split = split_of(len(pairs), held_out=0.3, seed=1)
    learnt, seeing = fit_decoder(made, card, split)
    assert learnt is not None
    chi = spectra(card, made)[split.test]
    densities = densities_of(card, pairs.g[split.test])
    blind, again = (
        relative_error(one.chi(densities) - chi, chi, tiny.kernel)
        for one in (tiny.decoder, learnt)
    )
    assert seeing == pytest.approx(again)
    assert np.median(seeing) < 0.05 < np.median(blind)
    assert np.median(seeing) < 0.3 * np.median(blind)


def test_the_fit_is_the_same_every_time(tiny, tiny_set, decoder) -> None:
    split = split_of(len(tiny_set.pairs), held_out=0.3, seed=tiny.card.training.seed)
    again, _ = fit_decoder(tiny_set, tiny.card, split)
    assert again is not None
    assert np.array_equal(again.weights, decoder.weights)
    assert np.array_equal(again.error, decoder.error)
    chi = again.chi(densities_of(tiny.card, tiny_set.pairs.g[split.test]))
    error = chi - spectra(tiny.card, tiny_set)[split.test]
    assert again.error == pytest.approx(np.sqrt(np.mean(error**2, axis=0)))


def test_without_a_path_there_is_no_decoder(tiny) -> None:
    label = tiny.card.heads[0].label
    others = {name: path for name, path in tiny.paths.items() if name != label}
    assert terms_of(tiny.card, others) is None
    short = tiny.paths | {label: tiny.paths[label][:, :100]}
    assert terms_of(tiny.card, short) is None


def test_chi_is_the_sum_of_single_scattering_and_all_products(
    tiny, tiny_set, decoder
) -> None:
    densities = densities_of(tiny.card, tiny_set.pairs.g[:3])
    terms = decoder.terms
    wanted = np.zeros((3, tiny.card.k.size))
    for g, single in zip(densities, decoder.singles, strict=True):
        wanted += terms.step * g @ single
    weights = decoder.weights[sum(terms.alone) :]
    for weight, product in zip(weights, products_of(terms, densities), strict=True):
        wanted += np.real(weight * product)
    assert decoder.chi(densities) == pytest.approx(wanted, rel=1e-9, abs=1e-12)


def test_changes_are_those_of_small_moves(tiny, decoder, tiny_set) -> None:
    densities = densities_of(tiny.card, tiny_set.pairs.g[:3])
    rng = np.random.default_rng(4)
    moves = tuple(1e-4 * rng.normal(size=(3, 2, g.shape[1])) for g in densities)
    chi, changes = decoder.chi_and_changes(densities, moves)
    assert chi == pytest.approx(decoder.chi(densities))
    for i in range(len(densities)):
        for move in range(2):
            others = list(densities)
            others[i] = densities[i] + moves[i][:, move]
            expected = decoder.chi(tuple(others)) - chi
            found = changes[:, 2 * i + move]
            assert found == pytest.approx(expected, abs=1e-3 * np.abs(expected).max())


def calculated(tiny: Ensemble, chi: np.ndarray, noise: float = 1e-4) -> BackCalculation:
    """Return the back-calculation beside ``chi``, its typical g(r) known exactly."""
    card = tiny.card
    g = tiny_ensemble.density_of(tiny_ensemble.typical())[None]
    answers = answers_of(card, densities_of(card, g))
    deviations = tuple(np.full((1, 3, 2), 0.01) for _ in HEADS)
    (back,) = back_calculations(
        tiny.decoder,
        answers,
        deviations,
        chi[None],
        tiny.kernel,
        card=card,
        noise=np.array([noise]),
        levels=np.ones((1, len(LEVELS))),
        search=search_of(tiny.decoder, tiny.kernel, card),
    )
    return back


@pytest.fixture(scope="module")
def typical(tiny) -> np.ndarray:
    return tiny_ensemble.spectrum_of(tiny_ensemble.typical(), tiny.card.k).chi


def test_the_right_answer_leaves_next_to_nothing(tiny, typical) -> None:
    back = calculated(tiny, typical)
    assert back.r_factor_k < 1e-3
    assert back.r_factor_r < 1e-3
    assert back.misfit < 0.5
    assert np.array_equal(back.residual, typical - back.chi)
    assert np.all(back.std >= 0.0)
    assert back.std.max() > 0.0


def test_an_unknown_shell_is_found_where_it_is(tiny, typical) -> None:
    foreign = tiny_ensemble.shell_chi(
        tiny.card.k, number=4.0, distance=2.5, sigma2=0.005
    )
    back = calculated(tiny, typical + foreign)
    peak = np.abs(np.array(tiny.kernel.T @ foreign))
    r = np.argmax(np.hypot(*np.split(peak, 2)))
    from onne_core.ensemble.features import r_points

    assert back.largest_at == pytest.approx(r_points(tiny.card.training)[r], abs=0.4)
    assert back.largest > 3.0 * calculated(tiny, typical).largest
    assert back.r_factor_k > 0.01


def test_r_factors_are_shares_of_the_signal(tiny, typical) -> None:
    back = calculated(tiny, typical)
    doubled = calculated(tiny, typical + back.chi)
    assert doubled.r_factor_k == pytest.approx(0.25, abs=0.02)
    assert doubled.r_factor_r == pytest.approx(0.25, abs=0.02)


def test_where_nothing_was_measured_nothing_is_missing(tiny, typical) -> None:
    back = calculated(tiny, np.where(tiny.card.k < 10.0, typical, 0.0))
    assert np.all(back.residual[tiny.card.k >= 10.0] == 0.0)
    nothing = calculated(tiny, np.zeros_like(typical))
    assert np.all(nothing.residual == 0.0)
    assert nothing.r_factor_k == 0.0


def test_noise_widens_what_is_tolerated(tiny, typical) -> None:
    rng = np.random.default_rng(0)
    noisy = typical + 5e-3 * rng.normal(size=typical.size)
    told, untold = calculated(tiny, noisy, noise=5e-3), calculated(tiny, noisy)
    assert told.misfit < untold.misfit
    assert told.residual == pytest.approx(untold.residual)


def test_less_noise_than_good_measurements_have_shows_no_more_shells(tiny) -> None:
    levels = np.full((3, len(LEVELS)), 0.5)
    trained = tiny.card.training.noise
    noise = np.array([0.0, 0.5 * LEAST_NOISE * trained, trained])
    found = _uncertainties(noise, levels, tiny.card).noise
    assert found == pytest.approx([LEAST_NOISE * trained] * 2 + [trained])


def test_white_noise_has_the_tolerance_of_its_transform(tiny, decoder) -> None:
    """Without theory's and decoder's error, the tolerance is that of the noise."""
    card = replace(
        tiny.card,
        training=replace(
            tiny.card.training,
            **dict.fromkeys(NO_ERROR_OF_THEORY, 0.0),
        ),
    )
    points = decoder.error_r.size
    exact = replace(decoder, error_r=np.zeros(points), scale=np.ones(points))
    nothing = np.zeros((1, points), complex)
    limit = tolerance(nothing, np.array([2e-3]), tiny.kernel, decoder=exact, card=card)
    rng = np.random.default_rng(1)
    white = 2e-3 * rng.normal(size=(4000, card.k.size)) @ tiny.kernel
    real, imaginary = np.split(white, 2, axis=1)
    found = np.sqrt(np.mean(real**2 + imaginary**2, axis=0))
    assert limit[0] == pytest.approx(found, rel=0.1)


def test_examples_are_scaled_to_one_at_every_r(tiny, tiny_set, decoder) -> None:
    card = tiny.card
    rng = np.random.default_rng(2)
    answers = answers_of(card, densities_of(card, tiny_set.pairs.g))
    factor = 1.0 + 0.1 * rng.normal(size=(len(tiny_set.pairs), 1))
    features = factor * spectra(card, tiny_set) @ tiny.kernel
    examples = (answers, features, np.full(len(features), 1e-4), tiny.kernel)
    found = scaled(decoder, *examples, card=card)
    levels = np.ones((len(features), len(LEVELS)))
    statistics = example_statistics(found, *examples, card=card, levels=levels)
    misfit, largest, _ = statistics.T
    assert np.sqrt(np.mean(misfit**2)) == pytest.approx(1.0)
    assert np.all(largest >= misfit)


def test_a_bundle_keeps_the_decoder(tiny, tiny_folder, decoder) -> None:
    arrays = read_bundle(tiny_folder).arrays
    found = statistics_from_arrays(arrays, tiny.card, features=tiny.kernel.shape[1])
    assert np.array_equal(found.decoder.weights, decoder.weights)
    assert found.domain.residual.shape == (len(RESIDUALS), 2)
    assert np.all(found.domain.residual[:, 1] > found.domain.residual[:, 0])


def arrays_of(folder, **changes) -> dict[str, np.ndarray]:
    arrays = dict(read_bundle(folder).arrays) | changes
    return {name: value for name, value in arrays.items() if value is not None}


def test_older_bundles_have_no_decoder(tiny, tiny_folder) -> None:
    arrays = arrays_of(tiny_folder)
    older = {name: x for name, x in arrays.items() if not name.startswith("decoder.")}
    found = statistics_from_arrays(older, tiny.card, features=tiny.kernel.shape[1])
    assert found.decoder is None
    assert found.domain.residual is None


@pytest.mark.parametrize("name", ["weights", "error", "error_r", "scale", "thresholds"])
def test_an_incomplete_decoder_is_refused(tiny, tiny_folder, name: str) -> None:
    features = tiny.kernel.shape[1]
    for value in (None, np.zeros((3, 1))):
        arrays = arrays_of(tiny_folder, **{f"decoder.{name}": value})
        with pytest.raises(BundleError, match="missing or does not fit"):
            statistics_from_arrays(arrays, tiny.card, features=features)


def test_paths_that_give_no_numbers_are_refused(tiny, tiny_folder) -> None:
    label = f"path.{tiny.card.heads[0].label}"
    path = np.array(tiny.paths[tiny.card.heads[0].label])
    unordered, no_length = path.copy(), path.copy()
    unordered[0] = unordered[0][::-1]
    unordered[0, -1] = 20.0
    no_length[3] = -1e-3
    for bad in (unordered, no_length, None):
        arrays = arrays_of(tiny_folder, **{label: bad})
        with pytest.raises(BundleError, match="missing or does not fit"):
            statistics_from_arrays(arrays, tiny.card, features=tiny.kernel.shape[1])


def test_bundles_without_terms_of_near_shells_are_read(tiny, tiny_folder) -> None:
    with_near = terms_of(tiny.card, tiny.paths)
    without = terms_of(tiny.card, tiny.paths, near=False)
    assert with_near is not None
    assert without is not None
    assert without.count < with_near.count
    arrays = dict(read_bundle(tiny_folder).arrays)
    arrays["decoder.weights"] = arrays["decoder.weights"][:, : without.count]
    features = tiny.kernel.shape[1]
    found = statistics_from_arrays(arrays, tiny.card, features=features).decoder
    assert found is not None
    assert found.terms.count == without.count


def test_near_shells_have_the_path_back_and_forth_twice(tiny) -> None:
    terms = terms_of(tiny.card, tiny.paths)
    assert terms is not None
    plain, *_, echo, _ = terms.waves[0]
    k = tiny.card.k
    first = tiny.card.heads[0].first_bin
    near = tiny.card.radial.centres[first : first + len(plain)] < 2.2
    assert echo[near] == pytest.approx((k * plain[near]) ** 2)
    assert len(terms.waves[-1]) < len(terms.waves[0])
