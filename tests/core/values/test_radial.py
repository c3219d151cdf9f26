"""Partial g(r): integral, moments, limits, and what g(r) does not see."""

from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from onne_core.errors import DefinitionError
from onne_core.values.radial import (
    RadialGrid,
    distribution_of,
    limits_of_all,
    moments,
    moments_of_lengths,
)
from onne_core.values.structure import Cluster

GRID = RadialGrid(1.5, 6.0, 0.02)

inner_lengths = st.lists(st.floats(1.52, 5.98), min_size=1, max_size=60).map(np.array)


def gaussian(r, mean, deviation, area):
    z = (r - mean) / deviation
    return area * np.exp(-0.5 * z * z) / (deviation * np.sqrt(2 * np.pi))


def random_cluster(seed):
    rng = np.random.default_rng(seed)
    directions = rng.standard_normal((12, 3))
    directions /= np.linalg.norm(directions, axis=1)[:, None]
    elements = tuple(rng.choice(["Cl", "Ni"], 12).tolist())
    positions = directions * rng.uniform(1.8, 5.5, 12)[:, None]
    return Cluster("Ni", elements, np.full(12, -1), positions)


def test_bins_fill_the_grid():
    assert GRID.bins == 225
    assert len(GRID.edges) == 226
    np.testing.assert_allclose(GRID.edges[[0, -1]], [1.5, 6.0])
    np.testing.assert_allclose(GRID.centres, (GRID.edges[1:] + GRID.edges[:-1]) / 2)


@pytest.mark.parametrize(
    "ends", [(6.0, 1.5, 0.02), (1.5, 6.0, 0.0), (1.5, 6.0, -1.0), (-1.0, 6.0, 0.1)]
)
def test_a_grid_that_is_none_is_refused(ends):
    with pytest.raises(DefinitionError, match=r"radial: .* the lower end must come"):
        RadialGrid(*ends)


@given(inner_lengths, st.integers(1, 9))
def test_the_integral_is_the_number_of_neighbours(lengths, count):
    g = distribution_of(lengths, GRID, count=count)
    assert g.min() >= 0.0
    assert g.sum() * GRID.step == pytest.approx(lengths.size / count, rel=1e-9)


@given(inner_lengths)
def test_the_mean_is_exact_in_spite_of_the_bins(lengths):
    g = distribution_of(lengths, GRID, count=1)
    mean = (g @ GRID.centres) / g.sum()
    assert mean == pytest.approx(lengths.mean(), abs=1e-9)


@given(inner_lengths, st.randoms(use_true_random=False))
def test_the_order_of_lengths_does_not_count(lengths, random):
    mixed = lengths.tolist()
    random.shuffle(mixed)
    np.testing.assert_allclose(
        distribution_of(np.array(mixed), GRID, count=2),
        distribution_of(lengths, GRID, count=2),
        atol=1e-9,
    )


def test_lengths_outside_the_grid_are_left_out():
    lengths = np.array([0.5, 1.49, 2.0, 6.01, 9.0])
    assert distribution_of(lengths, GRID, count=1).sum() * GRID.step == pytest.approx(1)
    edges = np.array([1.5, 5.999])
    assert distribution_of(edges, GRID, count=1).sum() * GRID.step == pytest.approx(2)


def partials_of(clusters: list[Cluster]) -> dict[str, np.ndarray]:
    """Return the mean partial g(r) (Å^-1) of ``clusters``, per pair name."""
    elements = sorted({name for cluster in clusters for name in cluster.elements})
    absorber = clusters[0].absorber
    partials = {}
    for element in elements:
        lengths = np.concatenate(
            [item.lengths[np.array(item.elements) == element] for item in clusters]
        )
        partials[f"{absorber}-{element}"] = distribution_of(
            lengths, GRID, count=len(clusters)
        )
    return partials


@given(st.integers(0, 2**32), st.integers(0, 2**32))
def test_rotations_and_the_order_of_atoms_do_not_count(seed, turn):
    cluster = random_cluster(seed)
    order = np.random.default_rng(turn).permutation(12)
    rotated = Rotation.random(rng=turn).apply(cluster.positions.copy())
    other = Cluster(
        "Ni",
        tuple(cluster.elements[i] for i in order),
        np.full(12, -1),
        rotated[order],
    )
    first, second = partials_of([cluster]), partials_of([other])
    assert first.keys() == second.keys()
    for pair, g in first.items():
        np.testing.assert_allclose(second[pair], g, atol=1e-6)


def test_partials_are_means_over_clusters_by_element():
    clusters = [random_cluster(1), random_cluster(2)]
    partials = partials_of(clusters)
    for element in ("Cl", "Ni"):
        number = sum(cluster.elements.count(element) for cluster in clusters) / 2
        integral = partials[f"Ni-{element}"].sum() * GRID.step
        assert integral == pytest.approx(number)


def test_moments_follow_the_formula():
    r = GRID.centres
    g = gaussian(r, 2.4, 0.1, 4.0) + gaussian(r, 2.8, 0.1, 2.0)
    found = moments(r, g, r_min=1.5, r_max=6.0)
    mean = (4 * 2.4 + 2 * 2.8) / 6
    offsets = np.array([2.4 - mean, 2.8 - mean])
    share = np.array([4, 2]) / 6
    assert found.coordination == pytest.approx(6.0, rel=1e-6)
    assert found.distance == pytest.approx(mean, rel=1e-6)
    assert found.sigma2 == pytest.approx(share @ (offsets**2 + 0.1**2), rel=1e-6)
    c3 = share @ (offsets**3 + 3 * offsets * 0.1**2)
    assert found.c3 == pytest.approx(c3, rel=1e-5)


def test_moments_of_g_agree_with_those_of_the_lengths():
    lengths = np.random.default_rng(3).normal(2.5, 0.12, 5000)
    exact = moments_of_lengths(lengths, count=500)
    g = distribution_of(lengths, GRID, count=500)
    found = moments(GRID.centres, g, r_min=1.5, r_max=6.0)
    assert exact.coordination == pytest.approx(10.0)
    assert exact.sigma2 == pytest.approx(np.var(lengths))
    assert found.coordination == pytest.approx(exact.coordination, rel=1e-9)
    assert found.distance == pytest.approx(exact.distance, abs=1e-9)
    # Sharing between two bins adds at most a quarter of the step squared.
    assert 0.0 <= found.sigma2 - exact.sigma2 <= GRID.step**2 / 4
    assert found.c3 == pytest.approx(exact.c3, abs=1e-5)


def test_bins_cut_by_a_limit_count_in_part():
    r = GRID.centres
    flat = np.full(GRID.bins, 2.0)
    found = moments(r, flat, r_min=2.005, r_max=3.013)
    assert found.coordination == pytest.approx(2.0 * (3.013 - 2.005), rel=1e-9)


def test_an_empty_shell_has_no_distance():
    for found in (
        moments(GRID.centres, np.zeros(GRID.bins), r_min=2.0, r_max=3.0),
        moments_of_lengths(np.array([]), count=3),
    ):
        assert found.coordination == 0.0
        assert np.isnan([found.distance, found.sigma2, found.c3]).all()


def limits_at_minima(r, g, centres):
    (found,) = limits_of_all(r, g[None], np.array([centres])).tolist()
    return found


def test_limits_lie_at_the_minima_and_where_g_has_died_away():
    r = GRID.centres
    g = (
        gaussian(r, 2.5, 0.08, 12)
        + gaussian(r, 3.5, 0.1, 6)
        + gaussian(r, 4.3, 0.1, 24)
    )
    limits = limits_at_minima(r, g, (2.5, 3.5, 4.3))
    (start, first), (second, third), (fourth, end) = limits
    assert (first, third) == (second, fourth)
    for cut, left, right in ((first, 2.5, 3.5), (third, 3.5, 4.3)):
        between = (r > left) & (r < right)
        assert np.interp(cut, r, g) == pytest.approx(g[between].min(), abs=1e-6)
    # A Gaussian falls to 1 % at sqrt(2 ln 100) = 3.03 deviations.
    assert start == pytest.approx(2.5 - 3.03 * 0.08, abs=0.03)
    assert end == pytest.approx(4.3 + 3.03 * 0.1, abs=0.03)
    for (r_min, r_max), number in zip(limits, (12, 6, 24), strict=True):
        found = moments(r, g, r_min=r_min, r_max=r_max)
        assert found.coordination == pytest.approx(number, rel=0.01)


def test_limits_keep_the_order_of_the_shells_that_were_asked_for():
    r = GRID.centres
    g = gaussian(r, 2.5, 0.08, 12) + gaussian(r, 3.5, 0.1, 6)
    assert (
        limits_at_minima(r, g, (3.5, 2.5)) == limits_at_minima(r, g, (2.5, 3.5))[::-1]
    )


def test_limits_follow_a_peak_that_has_moved_off_its_centre():
    r = GRID.centres
    g = gaussian(r, 2.65, 0.02, 12)
    ((r_min, r_max),) = limits_at_minima(r, g, (2.45,))
    found = moments(r, g, r_min=r_min, r_max=r_max)
    assert found.coordination == pytest.approx(12, rel=0.02)


def test_limits_end_with_the_grid():
    r = GRID.centres
    g = gaussian(r, 5.95, 0.1, 12) + gaussian(r, 1.55, 0.1, 3)
    limits = limits_at_minima(r, g, (1.55, 5.95))
    assert limits[0][0] == r[0]
    assert limits[1][1] == r[-1]


def test_weights_are_numbers_of_neighbours():
    lengths = np.array([2.31, 2.4, 2.57])
    weights = np.array([2.0, 1.0, 3.0])
    repeated = np.repeat(lengths, [2, 1, 3])
    np.testing.assert_allclose(
        distribution_of(lengths, GRID, count=2, weights=weights),
        distribution_of(repeated, GRID, count=2),
        atol=1e-12,
    )
    np.testing.assert_allclose(
        astuple(moments_of_lengths(lengths, count=2, weights=weights)),
        astuple(moments_of_lengths(repeated, count=2)),
        atol=1e-12,
    )
