"""The prior of the shells: with what is known of the sample, and structure types."""

import numpy as np
import pytest

from onne_core.calibration.shell_prior import (
    MOVES,
    ShellPrior,
    prior_of_sample,
    structure_distance,
)
from onne_core.ensemble.crystal import Crystal

FCC = Crystal("fcc", (12.0, 6.0, 24.0))
NUMBERS = slice(0, None, MOVES)
DISTANCES = (2.5, 3.5, 4.3)


@pytest.fixture(scope="module")
def prior() -> ShellPrior:
    """Return the prior of particles: shells shrink and lose neighbours together."""
    rng = np.random.default_rng(1)
    common = rng.standard_normal((4000, 2))
    rows = []
    for number, distance in zip(FCC.numbers or (), DISTANCES, strict=True):
        own = rng.standard_normal((4000, 4))
        rows += [
            0.75 * number * (1.0 + 0.2 * common[:, 0] + 0.05 * own[:, 0]),
            distance * (1.0 + 0.02 * common[:, 1] + 0.004 * own[:, 1]),
            0.09 + 0.015 * own[:, 2],
            0.02 * own[:, 3],
        ]
    drawn = np.array(rows).T
    return ShellPrior(drawn.mean(axis=0), np.cov(drawn, rowvar=False))


def test_an_unknown_sample_changes_nothing(prior) -> None:
    assert prior_of_sample(prior, "unknown", FCC) is prior
    assert prior_of_sample(prior, "bulk", Crystal("fcc")) is prior


def test_shells_of_a_bulk_crystal_are_full(prior) -> None:
    found = prior_of_sample(prior, "bulk", FCC)
    full = np.array(FCC.numbers)
    assert found.mean[NUMBERS] == pytest.approx(full, rel=0.03)
    std = np.sqrt(np.diag(found.covariance))[NUMBERS]
    assert np.all(std < 0.031 * full)
    assert found.most is None
    assert np.linalg.eigvalsh(found.covariance).min() > 0.0


def test_shells_of_a_particle_lack_neighbours_together(prior) -> None:
    found = prior_of_sample(prior, "particle", FCC)
    full = np.array(FCC.numbers)
    shares = found.mean[NUMBERS] / full
    assert np.all(np.diff(shares) < 0.0)
    assert shares.max() < 1.0
    numbers = found.covariance[NUMBERS, NUMBERS]
    std = np.sqrt(np.diag(numbers))
    assert np.all((numbers / np.outer(std, std)) > 0.5)
    assert found.most == pytest.approx(full)


def test_shells_that_move_together_are_no_other_structure(prior) -> None:
    scaled = prior.mean.copy()
    for i, distance in enumerate(DISTANCES):
        scaled[MOVES * i + 1] += 0.03 * distance
    alone = prior.mean.copy()
    alone[2 * MOVES + 1] -= 0.03 * DISTANCES[2]
    rows = np.array([prior.mean, scaled, alone])
    own, together, apart = structure_distance(rows, prior, first=0)
    assert own == pytest.approx(0.0, abs=1e-9)
    assert together < 3.0
    assert apart > 15.0


def test_the_first_shell_alone_says_nothing_of_the_structure(prior) -> None:
    single = ShellPrior(prior.mean[:MOVES], prior.covariance[:MOVES, :MOVES])
    rows = single.mean[None] + 1.0
    assert structure_distance(rows, single, first=0).tolist() == [0.0]


def test_its_distribution_is_that_of_its_degrees_of_freedom(prior) -> None:
    rng = np.random.default_rng(2)
    rows = rng.multivariate_normal(prior.mean, prior.covariance, size=4000)
    found = structure_distance(rows, prior, first=0)
    # Chi squared with three numbers of two shells: mean 6, standard deviation 3.5.
    assert found.mean() == pytest.approx(6.0, abs=0.25)
    assert found.std() == pytest.approx(np.sqrt(12.0), abs=0.3)
