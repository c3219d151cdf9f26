"""Copies of macrostates: what they say of themselves is what their spectrum shows."""

from dataclasses import replace

import numpy as np
import pytest

from onne_core.networks.perturbed_copies import copies_of, extended_by, families_of
from onne_core.training_set.split import split_of
from tests.core import tiny_ensemble

TRAINING = replace(tiny_ensemble.TRAINING, copies=3, moved=0.2)
SPLIT = split_of(60, held_out=0.3, seed=1)


@pytest.fixture(scope="module")
def copies(tiny_set):
    return copies_of(tiny_set, SPLIT, TRAINING)


def test_families_are_a_macrostate_and_its_copies(tiny_set, copies) -> None:
    extended = extended_by(tiny_set, copies)
    families = families_of(tiny_set, SPLIT, copies)
    assert families.shape == (SPLIT.training.size, 4)
    assert len(extended.pairs) == 60 + copies.chi.shape[0]
    assert sorted(families[:, 1:].ravel()) == list(range(60, len(extended.pairs)))
    distance = extended.pairs.moments[families, 0, 1]
    assert np.ptp(distance, axis=1).max() < 8 * 0.2 * distance[:, 0].std()
    assert np.ptp(distance, axis=1).min() > 0.0


def test_g_and_moments_of_a_copy_agree(copies) -> None:
    """Within what the ends of the grid cut off and bins round."""
    step = tiny_ensemble.RADIAL.step
    assert copies.g.sum(axis=2) * step == pytest.approx(
        copies.moments[..., 0], rel=0.03
    )
    mean = copies.g @ tiny_ensemble.RADIAL.centres / copies.g.sum(axis=2)
    assert mean == pytest.approx(copies.moments[..., 1], abs=0.004)


def test_the_spectrum_of_a_copy_is_that_of_its_shells(copies) -> None:
    quantities = copies.moments[..., :3].copy()
    quantities[..., 2] = np.sqrt(quantities[..., 2])
    true = np.array([tiny_ensemble.spectrum_of(item).chi for item in quantities])
    seen = (tiny_ensemble.K > 3.0) & (tiny_ensemble.K < 12.0)
    weight = tiny_ensemble.K[seen] ** 2
    error = np.linalg.norm((copies.chi - true)[:, seen] * weight, axis=1)
    size = np.linalg.norm(true[:, seen] * weight, axis=1)
    assert np.median(error / size) < 0.03


def test_what_training_fixed_stays_fixed(copies) -> None:
    assert np.all(copies.moments[:, 0, 0] == 6.0)


def test_the_same_seed_gives_the_same_copies(tiny_set, copies) -> None:
    again = copies_of(tiny_set, SPLIT, TRAINING)
    assert np.array_equal(again.chi, copies.chi)
    other = copies_of(tiny_set, SPLIT, replace(TRAINING, seed=2))
    assert not np.array_equal(other.chi, copies.chi)


def test_without_paths_there_are_no_copies(tiny_set) -> None:
    blind = replace(tiny_set, paths={})
    copies = copies_of(blind, SPLIT, TRAINING)
    assert len(copies) == 0
    assert np.array_equal(families_of(blind, SPLIT, copies), SPLIT.training[:, None])
