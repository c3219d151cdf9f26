"""From a system to macrostates and microstates: coverage, averages, seeds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest, norm, skew

from onne_core.clusters.sampling import (
    draw_macrostates,
    draw_microstates,
    whole_numbers,
)
from onne_core.crystals.lattice import lattice_shells
from onne_core.crystals.sphere import share_in_sphere
from onne_core.crystals.vibrations import Template, template_of
from onne_core.values.structure import (
    Angles,
    ContinuousRandomVariable,
    Macrostate,
    Range,
    Shell,
    ShellDraw,
    System,
)

ONE = Range(1.0, 1.0)
SYSTEM = System(
    "Ni",
    "K",
    (
        Shell("Cl", Range(2.2, 2.5), Range(0.05, 0.15), Range(4.0, 6.0)),
        Shell("Zn", Range(3.2, 3.9), Range(0.2, 0.2), Range(2.0, 2.0)),
    ),
    distance_scale=Range(0.96, 1.04),
)


def one_shell(coordination):
    variable = ContinuousRandomVariable(2.4, 0.12)
    return Macrostate((ShellDraw("Cl", variable, coordination),))


def test_the_first_macrostates_of_many_are_those_of_few():
    many = draw_macrostates(SYSTEM, count=100, seed=7)
    for count in (1, 2, 5, 64, 65):
        assert draw_macrostates(SYSTEM, count=count, seed=7) == many[:count]
    assert draw_macrostates(SYSTEM, count=70, seed=7, first=40) == many[40:70]


def test_every_range_is_covered_evenly():
    """Each of 64 equal parts of a range is met once by 64 points (a Sobol net)."""
    drawn = draw_macrostates(SYSTEM, count=64, seed=3)
    chlorine = [state.shells[0] for state in drawn]
    zinc = [state.shells[1] for state in drawn]
    fractions = {
        "deviation": [(s.variable.deviation - 0.05) / 0.1 for s in chlorine],
        "coordination": [(s.coordination - 4.0) / 2.0 for s in chlorine],
    }
    for values in fractions.values():
        cells = np.floor(64 * np.array(values)).astype(int)
        assert sorted(cells) == list(range(64))
    assert {s.variable.deviation for s in zinc} == {0.2}
    assert {s.coordination for s in zinc} == {2.0}


def test_the_scale_moves_all_distances_of_a_macrostate_together():
    fixed = System(
        "Ni",
        "K",
        tuple(
            Shell("Ni", Range(d, d), Range(0.1, 0.1), Range(6.0, 6.0))
            for d in (2.5, 4.0)
        ),
        distance_scale=Range(0.9, 1.1),
    )
    drawn = draw_macrostates(fixed, count=32, seed=1)
    means = np.array([[s.variable.mean for s in state.shells] for state in drawn])
    scales = means[:, 0] / 2.5
    np.testing.assert_allclose(means[:, 1], 4.0 * scales, rtol=1e-12)
    assert 0.9 <= scales.min() < 0.91
    assert 1.09 < scales.max() <= 1.1


def test_a_system_without_freedom_gives_the_same_macrostate_again():
    fixed = System(
        "Ni", "K", (Shell("Ni", Range(2.5, 2.5), Range(0.1, 0.1), Range(6.0, 6.0)),)
    )
    assert len(set(draw_macrostates(fixed, count=5, seed=1))) == 1


def test_another_seed_gives_other_macrostates():
    first = draw_macrostates(SYSTEM, count=8, seed=1)
    assert draw_macrostates(SYSTEM, count=8, seed=1) == first
    assert draw_macrostates(SYSTEM, count=8, seed=2) != first


@given(st.floats(0.0, 60.0), st.integers(1, 40), st.integers(0, 2**32))
def test_whole_numbers_are_neighbours_of_their_average(average, count, seed):
    numbers = whole_numbers(average, count, np.random.default_rng(seed))
    assert len(numbers) == count
    assert set(numbers) <= {int(np.floor(average)), int(np.floor(average)) + 1}
    assert abs(numbers.sum() - average * count) < 1.0


@given(st.integers(0, 60), st.integers(1, 40))
def test_a_whole_average_is_kept_by_every_microstate(average, count):
    numbers = whole_numbers(float(average), count, np.random.default_rng(0))
    assert set(numbers) == {average}


def test_the_expected_average_is_exact_even_where_the_count_does_not_allow_it():
    rng = np.random.default_rng(5)
    draws = 20_000
    mean = np.mean([whole_numbers(4.3, 3, rng).mean() for _ in range(draws)])
    # 12.9 atoms among three: 12 or 13 in all, standard deviation 0.3 / 3.
    assert mean == pytest.approx(4.3, abs=4 * 0.1 / np.sqrt(draws))


def test_the_mean_coordination_number_is_honoured():
    states = draw_microstates(one_shell(4.37), count=100, rng=np.random.default_rng(2))
    assert np.mean([len(state.elements) for state in states]) == pytest.approx(4.37)


def test_microstates_name_element_and_shell_of_every_length():
    macrostate = draw_macrostates(SYSTEM, count=1, seed=0)[0]
    for state in draw_microstates(macrostate, count=4, rng=np.random.default_rng(1)):
        names = ["Cl" if shell == 0 else "Zn" for shell in state.shells]
        assert list(state.elements) == names
        assert len(state.lengths) == len(names)
        assert np.all(np.diff(state.shells) >= 0)
        assert np.count_nonzero(state.shells == 1) == 2


def test_a_shell_may_have_no_atoms():
    states = draw_microstates(one_shell(0.0), count=3, rng=np.random.default_rng(1))
    assert [state.lengths.size for state in states] == [0, 0, 0]


def test_lengths_follow_the_gaussian_more_closely_than_by_chance():
    states = draw_microstates(one_shell(12.0), count=50, rng=np.random.default_rng(1))
    lengths = np.concatenate([state.lengths for state in states])
    result = kstest(lengths, norm(2.4, 0.12).cdf)
    assert result.pvalue > 0.05
    # One length in each of 600 equal quantiles: the distance is at most one of them.
    assert result.statistic <= 1 / lengths.size


def test_each_single_length_is_gaussian():
    rng = np.random.default_rng(4)
    firsts = [
        draw_microstates(one_shell(6.0), count=5, rng=rng)[0].lengths[0]
        for _ in range(2000)
    ]
    assert kstest(firsts, norm(2.4, 0.12).cdf).pvalue > 0.01


def test_the_seed_decides_the_microstates():
    def lengths(seed):
        rng = np.random.default_rng(seed)
        states = draw_microstates(one_shell(4.5), count=3, rng=rng)
        return [state.lengths.tolist() for state in states]

    assert lengths(1) == lengths(1)
    assert lengths(1) != lengths(2)


def test_neighbours_beyond_the_sites_are_shared_by_the_atoms():
    """13.5 neighbours on 12 sites: 12 atoms, of which each stands for 1.125."""
    states = draw_microstates(
        one_shell(13.5), count=20, rng=np.random.default_rng(1), template=FCC
    )
    assert [state.lengths.size for state in states] == [12] * 20
    assert all(state.weights.sum() == pytest.approx(13.5) for state in states)
    lengths = np.concatenate([state.lengths for state in states])
    assert kstest(lengths, norm(2.4, 0.12).cdf).statistic <= 1 / lengths.size


def test_up_to_the_sites_every_atom_is_one_neighbour():
    """11.6 neighbours in 5 microstates: 58 atoms, one length in each quantile."""
    rng = np.random.default_rng(1)
    states = draw_microstates(one_shell(11.6), count=5, rng=rng, template=FCC)
    for state in states:
        assert state.occupancies is None
        np.testing.assert_array_equal(state.weights, np.ones(state.lengths.size))
    lengths = np.concatenate([state.lengths for state in states])
    assert lengths.size == 58
    assert kstest(lengths, norm(2.4, 0.12).cdf).statistic <= 1 / 58


def crystal(
    filling: Range = ONE, jitter: tuple[float, float] = (0.5, 0.5), **more
) -> System:
    shells = tuple(
        Shell("Ni", Range(r, r), Range(0.08, 0.08), Range(float(n), float(n)))
        for r, n in ((2.49, 12), (3.52, 6))
    )
    angles = Angles("fcc", jitter=jitter)
    return System("Ni", "K", shells, coordination_scale=filling, angles=angles, **more)


FCC = Template(lattice_shells("fcc", "Ni")[0].directions, np.zeros(12, int))


def test_the_filling_is_a_common_factor_of_all_numbers():
    states = draw_macrostates(crystal(Range(0.5, 1.1)), count=64, seed=1)
    numbers = np.array([[s.coordination for s in state.shells] for state in states])
    assert numbers[:, 0] == pytest.approx(2.0 * numbers[:, 1])
    assert 6.0 <= numbers[:, 0].min() < 6.5
    assert 12.8 < numbers[:, 0].max() <= 13.2


def test_the_spread_is_a_common_factor_of_all_deviations():
    states = draw_macrostates(crystal(sigma_scale=Range(0.5, 2.0)), count=64, seed=1)
    sigmas = np.array([[s.variable.deviation for s in t.shells] for t in states])
    assert sigmas[:, 0] == pytest.approx(sigmas[:, 1])
    assert 0.04 <= sigmas.min() < 0.045
    assert 0.155 < sigmas.max() <= 0.16


def test_a_particle_lacks_neighbours_as_a_sphere_does():
    """Overlap of two equal spheres (Howell, Proffen and Conradson 2006), by counting.

    Half of the diameters lie within a quarter of the range of their inverse.
    """
    states = draw_macrostates(
        crystal(inverse_diameter=Range(0.0, 0.1)), count=64, seed=1
    )
    numbers = np.array([[s.coordination for s in t.shells] for t in states])
    points = np.random.default_rng(1).uniform(-1.0, 1.0, (200_000, 3))
    inside = points[np.linalg.norm(points, axis=1) < 1.0]
    for r, number in zip((2.49, 3.52), numbers.T / [[12.0], [6.0]], strict=True):
        moved = inside + np.array([2.0 * r * 0.1, 0.0, 0.0])
        left = np.mean(np.linalg.norm(moved, axis=1) < 1.0)
        assert number.min() == pytest.approx(left, abs=0.02)
        assert number.max() == pytest.approx(1.0, abs=1e-3)
        middle = share_in_sphere(0.25 * r * 0.1)
        assert np.median(number) == pytest.approx(middle, abs=0.01)
    assert share_in_sphere(1.5) == 0.0


def test_in_a_particle_the_absorber_is_anywhere_in_a_sphere():
    """Some absorbers are whole, others at the surface; the mean is the number drawn.

    An atom of the fourth shell of fcc has its atom of the first shell in front: a
    sphere is convex. At random 0.69 of them would have, N1 / 12.
    """
    shells = tuple(
        Shell("Ni", Range(r, r), Range(0.08, 0.08), Range(float(n), float(n)))
        for r, n in ((2.49, 12), (4.98, 12))
    )
    system = System(
        *("Ni", "K", shells), angles=Angles("fcc"), inverse_diameter=Range(0.085, 0.085)
    )
    (state,) = draw_macrostates(system, count=1, seed=1)
    assert state.inverse_diameter == 0.085
    template = template_of(system)
    micros = draw_microstates(
        state, count=200, rng=np.random.default_rng(1), template=template
    )
    for shell, drawn in enumerate(state.shells):
        numbers = [micro.weights[micro.shells == shell].sum() for micro in micros]
        assert np.mean(numbers) == pytest.approx(drawn.coordination)
        assert np.ptp(numbers) > 5.0
        weights = np.concatenate([m.weights[m.shells == shell] for m in micros])
        assert weights == pytest.approx(1.0, abs=0.06)
    for micro in micros:
        inner = micro.directions[micro.shells == 0]
        outer = micro.directions[micro.shells == 1]
        if len(outer):
            assert np.all((outer @ inner.T).max(axis=1) > 0.999)


def test_skewness_is_drawn_per_shell():
    shell = Shell(
        "Ni", Range(2.5, 2.5), Range(0.1, 0.1), Range(6, 6), skewness=Range(0, 1)
    )
    states = draw_macrostates(System("Ni", "K", (shell,)), count=32, seed=1)
    drawn = sorted(state.shells[0].variable.skewness for state in states)
    np.testing.assert_allclose(drawn, (np.arange(32) + 0.5) / 32, atol=1 / 32)


def test_skewness_grows_with_the_common_factor_of_deviations():
    shell = Shell(
        "Ni", Range(2.5, 2.5), Range(0.1, 0.1), Range(6, 6), skewness=Range(0.3, 0.3)
    )
    system = System("Ni", "K", (shell,), sigma_scale=Range(0.5, 4.0))
    variables = [
        state.shells[0].variable for state in draw_macrostates(system, count=32, seed=1)
    ]
    for item in variables:
        assert item.skewness == pytest.approx(min(3.0 * item.deviation, 1.0))
    assert max(item.skewness for item in variables) == 1.0


def test_lengths_of_a_skewed_shell_have_its_moments():
    variable = ContinuousRandomVariable(2.4, 0.12, 0.5)
    state = Macrostate((ShellDraw("Cl", variable, 12.0),))
    drawn = draw_microstates(state, count=400, rng=np.random.default_rng(1))
    lengths = np.concatenate([item.lengths for item in drawn])
    assert lengths.mean() == pytest.approx(2.4, abs=1e-4)
    assert lengths.std() == pytest.approx(0.12, rel=1e-3)
    assert skew(lengths) == pytest.approx(0.5, abs=0.01)


def test_jitters_are_shares_of_the_deviation():
    system = crystal(jitter=(0.4, 0.9))
    states = draw_macrostates(system, count=64, seed=1)
    shares = [state.jitter for state in states]
    assert 0.4 <= min(shares) < 0.45
    assert 0.85 < max(shares) <= 0.9
    micros = draw_microstates(
        states[0],
        count=50,
        rng=np.random.default_rng(1),
        template=template_of(system),
    )
    # Two components across the direction, each of that width.
    across = np.concatenate([micro.across for micro in micros])
    rms = np.sqrt(np.mean(np.sum(across**2, axis=1)))
    assert rms == pytest.approx(np.sqrt(2.0) * 0.08 * shares[0], rel=0.05)


def test_in_a_share_of_the_microstates_atoms_are_really_missing():
    (state,) = draw_macrostates(crystal(Range(0.75, 0.75)), count=1, seed=1)
    micros = draw_microstates(
        state,
        count=20,
        rng=np.random.default_rng(2),
        template=template_of(crystal()),
        sided_share=0.3,
    )
    full = [micro for micro in micros if micro.lengths.size == 18]
    assert len(full) == 14
    for micro in full:
        assert micro.weights == pytest.approx(0.75)
    numbers = [micro.weights[micro.shells == 1].sum() for micro in micros]
    assert np.mean(numbers) == pytest.approx(4.5, abs=0.05)
