"""Augmentation: every nuisance does to an example what it says, and nothing else."""

from dataclasses import replace

import numpy as np
import pytest

from onne_core.ensemble import features
from onne_core.ensemble.card import input_grid
from onne_core.ensemble.features import (
    SMOOTHNESS_OVER_K,
    factors_over_k,
    smooth_basis,
    transform_matrix,
)
from onne_core.ensemble.uncertainty_levels import LEVELS
from onne_core.errors import DefinitionError
from onne_core.networks.augment import (
    SUPPORT_MARGIN,
    Examples,
    draw,
    head_cards,
    material_of,
)
from onne_core.networks.whitening import MOST_COMPONENTS, whitening_of
from onne_core.training_set.training_set import Pairs, TrainingSet
from onne_core.values.recipe import TrainingRecipe
from tests.core import tiny_ensemble

CLEAN = replace(
    tiny_ensemble.TRAINING,
    noise=0.0,
    e0_range=0.0,
    amplitude=0.0,
    theory_amplitude=0.0,
    theory_phase=0.0,
    theory_amplitude_over_k=0.0,
    theory_phase_over_k=0.0,
    mixed_share=0.0,
)
ONE = np.array([4])


def drawn(
    made: TrainingSet, index: np.ndarray, *, count: int, mixed: bool = False, **changes
) -> Examples:
    """Return examples with the nuisances in ``changes`` and no others."""
    material = material_of(made, replace(CLEAN, **changes))
    rng = np.random.default_rng(3)
    return draw(material, index, count=count, rng=rng, mixed=mixed)


def features_of(made: TrainingSet, index: np.ndarray, shift: float = 0.0) -> np.ndarray:
    """Return the features of the spectra themselves, E0 ``shift`` eV too high."""
    grid = features.input_grid(CLEAN)
    chi = features.shifted_origin(made.k, made.pairs.chi[index], shift, grid)
    return chi @ features.feature_matrix(CLEAN)


def test_without_nuisances_examples_are_the_macrostates_in_turn(tiny_set) -> None:
    index = np.array([3, 11, 42])
    examples = drawn(tiny_set, index, count=5)
    order = index[[0, 1, 2, 0, 1]]
    assert examples.features == pytest.approx(
        features_of(tiny_set, order), rel=1e-4, abs=1e-5
    )
    moments = tiny_set.pairs.moments[order]
    expected = np.stack(
        [moments[..., 0], moments[..., 1], np.sqrt(moments[..., 2])], axis=-1
    )
    assert examples.quantities == pytest.approx(expected, rel=1e-4)
    cards = head_cards(tiny_set)
    starts = np.cumsum([0, *(card.bins for card in cards)])
    for i, card in enumerate(cards):
        part = slice(card.first_bin, card.first_bin + card.bins)
        shapes = examples.shapes[:, starts[i] : starts[i + 1]]
        assert shapes == pytest.approx(tiny_set.pairs.g[order, i, part], abs=1e-5)


def test_the_same_generator_gives_the_same_examples(tiny_set) -> None:
    material = material_of(tiny_set, tiny_ensemble.TRAINING)
    first, second = (
        draw(material, np.arange(20), count=30, rng=np.random.default_rng(1))
        for _ in range(2)
    )
    assert np.array_equal(first.features, second.features)
    assert np.array_equal(first.shapes, second.shapes)


def test_mixtures_keep_numbers_and_follow_the_law_of_moments(tiny_set) -> None:
    examples = drawn(
        tiny_set, np.arange(60), count=200, mixed=True, mixed_share=1.0, mixed_most=3
    )
    cards = head_cards(tiny_set)
    starts = np.cumsum([0, *(card.bins for card in cards)])
    step = tiny_set.radial.step
    assert examples.quantities[:, 0, 0] == pytest.approx(6.0, rel=1e-5)
    for i, card in enumerate(cards):
        weight = step * examples.shapes[:, starts[i] : starts[i + 1]].astype(float)
        r = tiny_set.radial.centres[card.first_bin : card.first_bin + card.bins]
        number = weight.sum(axis=1)
        mean = weight @ r / number
        variance = weight @ r**2 / number - mean**2
        # A bin of width h spreads what it holds: its variance is h^2 / 12.
        sigma = np.sqrt(variance - step**2 / 12.0)
        assert examples.quantities[:, i, 0] == pytest.approx(number, rel=1e-4)
        assert examples.quantities[:, i, 1] == pytest.approx(mean, abs=1e-4)
        assert examples.quantities[:, i, 2] == pytest.approx(sigma, abs=2e-3)


def test_mixtures_are_as_many_as_asked_for(tiny_set) -> None:
    index = np.arange(60)
    examples = drawn(tiny_set, index, count=400, mixed=True, mixed_share=0.3)
    pure = features_of(tiny_set, index)
    distance = np.linalg.norm(examples.features[:, None] - pure[None], axis=2).min(1)
    share = np.mean(distance > 1e-3 * np.linalg.norm(pure[0]))
    assert share == pytest.approx(0.3, abs=0.08)


def test_noise_has_the_variance_of_white_noise_in_chi(tiny_set) -> None:
    level = 1e-2
    examples = drawn(tiny_set, ONE, count=6000, noise=level)
    error = examples.features - features_of(tiny_set, ONE)
    kernel = features.feature_matrix(CLEAN)
    # The level is the square of a uniform number: its mean square is a fifth.
    expected = level**2 / 5.0 * np.sum(kernel**2, axis=0)
    assert error.var(axis=0) == pytest.approx(expected, rel=0.15)


def test_every_example_has_some_e0_offset_within_the_range(tiny_set) -> None:
    examples = drawn(tiny_set, ONE, count=80, e0_range=1.25)
    offsets = np.linspace(-1.25, 1.25, 101)
    shifted = np.array([features_of(tiny_set, ONE, shift)[0] for shift in offsets])
    distance = np.linalg.norm(examples.features[:, None] - shifted[None], axis=2)
    assert distance.min(axis=1) == pytest.approx(
        0.0, abs=0.02 * np.linalg.norm(shifted[50])
    )
    found = offsets[distance.argmin(axis=1)]
    assert found.min() < -0.5
    assert found.max() > 0.5
    assert abs(found.mean()) < 0.3


def test_the_amplitude_is_a_common_factor(tiny_set) -> None:
    examples = drawn(tiny_set, ONE, count=2000, amplitude=0.05)
    base = features_of(tiny_set, ONE)[0]
    factor = examples.features @ base / (base @ base)
    assert examples.features == pytest.approx(factor[:, None] * base, abs=1e-4)
    # The standard deviation is uniform up to the largest: a third in the square.
    assert factor.std() == pytest.approx(0.05 / np.sqrt(3.0), rel=0.1)


@pytest.mark.parametrize(
    "kind",
    [
        "theory_amplitude",
        "theory_phase",
        "theory_amplitude_over_k",
        "theory_phase_over_k",
    ],
)
def test_the_error_of_the_theory_has_the_stated_size(tiny_set, kind: str) -> None:
    examples = drawn(tiny_set, ONE, count=2000, **{kind: 0.05})
    base = features_of(tiny_set, ONE)[0]
    change = np.linalg.norm(examples.features - base, axis=1) / np.linalg.norm(base)
    # The size is uniform up to 5 %; projection takes away a little of it.
    assert np.sqrt(np.mean(change**2)) == pytest.approx(0.05 / np.sqrt(3.0), rel=0.2)


def test_a_factor_over_k_acts_on_the_waves_as_on_chi() -> None:
    """Against waves whose amplitude and phase are changed before the transform."""
    training = TrainingRecipe(r_filter=(1.0, 5.3))
    k = input_grid(training)
    waves = sum(
        size * np.exp(-0.01 * k**2 + 1j * (2.0 * k * r - 0.4 * k)) / k
        for size, r in ((1.0, 2.3), (0.4, 3.2), (0.8, 4.0), (0.5, 5.4))
    )
    transform = transform_matrix(training)
    matrices = factors_over_k(training)
    modes = smooth_basis(k, SMOOTHNESS_OVER_K)
    assert len(matrices) == len(modes)
    for mode, matrix in zip(modes, matrices, strict=True):
        plain = np.imag(waves) @ transform
        for logarithm, own in ((0.01 * mode, 0.01), (0.01j * mode, -0.01j)):
            wanted = np.imag(waves * np.exp(logarithm)) @ transform - plain
            found = own * (plain @ matrix)
            error = np.linalg.norm(found - wanted) / np.linalg.norm(wanted)
            assert error < 0.03


def test_levels_say_how_large_the_nuisances_are(tiny_set) -> None:
    sizes = {"noise": 1e-2, "amplitude": 0.05}
    examples = drawn(tiny_set, ONE, count=4000, **sizes)
    levels = dict(zip(LEVELS, examples.levels.T, strict=True))
    assert examples.noise == pytest.approx(1e-2 * levels["noise"] ** 2)
    assert np.all(levels["theory"] == 0.0)  # left out of this training
    assert np.all(levels["origin"] == 0.0)
    error = np.abs(examples.features - features_of(tiny_set, ONE)).max(axis=1)
    low = (levels["noise"] < 0.3) & (levels["amplitude"] < 0.3)
    high = (levels["noise"] > 0.7) & (levels["amplitude"] > 0.7)
    assert error[high].mean() > 3.0 * error[low].mean()


def test_a_level_can_be_fixed(tiny_set) -> None:
    training = replace(CLEAN, theory_phase=0.1)
    material = material_of(tiny_set, training)
    for level in (0.0, 1.0):
        rng = np.random.default_rng(1)
        examples = draw(material, ONE, count=9, rng=rng, fixed={"theory": level})
        assert np.all(examples.levels[:, LEVELS.index("theory")] == level)


def test_cards_say_what_training_varied(tiny_set) -> None:
    oxygen, first, second = head_cards(tiny_set)
    assert [card.label for card in (oxygen, first, second)] == [
        head.label for head in tiny_set.heads
    ]
    assert oxygen.fixed == (True, False, False)
    assert oxygen.centre[0] == 6.0
    assert oxygen.scale[0] == 0.0
    assert first.fixed == (False, False, False)
    moments = tiny_set.pairs.moments[:, 2]
    assert second.lowest[1] == moments[:, 1].min()
    assert second.highest[0] == moments[:, 0].max()
    assert second.scale[2] == pytest.approx(np.sqrt(moments[:, 2]).std())


def test_a_card_s_bins_reach_beyond_all_neighbours(tiny_set) -> None:
    for i, card in enumerate(head_cards(tiny_set)):
        filled = np.flatnonzero(tiny_set.pairs.g[:, i].max(axis=0) > 0.0)
        assert card.first_bin == max(0, filled[0] - SUPPORT_MARGIN)
        end = min(tiny_set.radial.bins, filled[-1] + 1 + SUPPORT_MARGIN)
        assert card.first_bin + card.bins == end


def test_a_shell_without_neighbours_is_refused(tiny_set) -> None:
    pairs = tiny_set.pairs
    g = pairs.g.copy()
    g[:, 1] = 0.0
    empty = replace(tiny_set, pairs=Pairs(pairs.chi, g, pairs.moments))
    with pytest.raises(DefinitionError, match=r"^Ni-Ni 1: no training spectrum"):
        material_of(empty, CLEAN)


def test_a_window_beyond_the_spectra_is_refused(tiny_set) -> None:
    with pytest.raises(DefinitionError, match=r"extends to 16\.5 .*end at 16 Å"):
        material_of(tiny_set, replace(CLEAN, k_max=15.5))


def test_whitened_components_are_uncorrelated_and_above_the_noise(tiny_set) -> None:
    material = material_of(tiny_set, tiny_ensemble.TRAINING)
    index = np.arange(60)
    whitening = whitening_of(material, index, rng=np.random.default_rng(0))
    assert 8 <= whitening.shape[1] <= MOST_COMPONENTS
    fresh = draw(material, index, count=4000, rng=np.random.default_rng(9))
    components = fresh.features @ whitening
    moments = components.T @ components / len(components)
    assert np.diag(moments) == pytest.approx(1.0, rel=0.25)
    assert moments - np.diag(np.diag(moments)) == pytest.approx(0.0, abs=0.2)
    level = 0.5 * tiny_ensemble.TRAINING.noise
    noise = level**2 * np.sum((material.kernel @ whitening) ** 2, axis=0)
    assert np.all(noise < 1.0)
