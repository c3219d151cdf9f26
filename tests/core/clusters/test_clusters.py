"""From pair lengths to 3D clusters: exact radii, even angles, honest rejections."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onne_core.clusters.assembly import (
    assemble,
    check_distances,
    evolve,
    fibonacci_grid,
    from_directions,
    random_rotation,
)
from onne_core.clusters.crowding import smallest_allowed
from onne_core.clusters.repulsion import repel, smallest_distance
from onne_core.clusters.sampling import draw_macrostates, draw_microstates
from onne_core.crystals.lattice import directions_for
from onne_core.crystals.vibrations import template_of
from onne_core.errors import StructureError
from onne_core.values.recipe import ClusterRecipe
from onne_core.values.structure import Angles, Cluster, Microstate, Range, Shell, System

RECIPE = ClusterRecipe()
A = 2.49
"""Nearest neighbours in Ni, Å."""


def nickel(template=None, jitter=0.6, share=1.0, numbers=(12, 6, 24, 12)):
    """Return four shells of Ni at room temperature."""
    shells = tuple(
        Shell("Ni", Range(d, d), Range(s, s), Range(float(n), float(n)))
        for d, s, n in zip(
            (A * np.sqrt([1.0, 2.0, 3.0, 4.0])).tolist(),
            (0.08, 0.1, 0.1, 0.1),
            numbers,
            strict=True,
        )
    )
    angles = Angles(template, (jitter, jitter), share)
    return System("Ni", "K", shells, angles=angles)


def microstate(system, seed, sided_share=1.0):
    rng = np.random.default_rng(seed)
    state = draw_macrostates(system, count=1, seed=0)[0]
    return draw_microstates(
        state,
        count=1,
        rng=rng,
        template=template_of(system),
        sided_share=sided_share,
    )[0]


def chlorides(lengths, element="Cl"):
    lengths = np.array(lengths, dtype=float)
    return Microstate((element,) * lengths.size, np.zeros(lengths.size, int), lengths)


def angle_to_nearest(positions, directions):
    """Return the angle (rad) of each position to the nearest of ``directions``."""
    units = positions / np.linalg.norm(positions, axis=1)[:, None]
    return np.arccos(np.clip((units @ directions.T).max(axis=1), -1.0, 1.0))


@pytest.mark.parametrize("system", [nickel(), nickel("fcc")], ids=["free", "fcc"])
def test_radii_are_exactly_the_sampled_lengths(system):
    state = microstate(system, seed=1)
    cluster = assemble(
        state, system=system, recipe=RECIPE, rng=np.random.default_rng(1)
    )
    np.testing.assert_allclose(cluster.lengths, state.lengths, rtol=0, atol=1e-12)
    assert cluster.elements == state.elements
    np.testing.assert_array_equal(cluster.shells, state.shells)


@settings(max_examples=25)
@given(st.lists(st.floats(1.8, 5.0), min_size=1, max_size=20), st.integers(0, 2**32))
def test_radii_are_exact_whatever_the_lengths(lengths, seed):
    positions = evolve(
        chlorides(lengths), recipe=RECIPE, rng=np.random.default_rng(seed)
    )
    found = np.linalg.norm(positions, axis=1)
    np.testing.assert_allclose(found, lengths, rtol=0, atol=1e-12)


def test_free_angles_keep_the_atoms_of_a_metal_apart():
    reached = []
    for seed in range(12):
        state = microstate(nickel(), seed)
        positions = evolve(state, recipe=RECIPE, rng=np.random.default_rng(seed))
        reached.append(smallest_distance(positions))
    assert len(state.lengths) == 54
    assert min(reached) >= 2.15
    assert np.median(reached) >= 2.24


def test_twelve_equal_lengths_find_room_beside_the_absorber():
    """Twelve points fit 1.05 radii apart on a sphere, so the absorber is nearest."""
    positions = evolve(
        chlorides([2.0] * 12), recipe=RECIPE, rng=np.random.default_rng(0)
    )
    pairs = np.linalg.norm(positions[:, None] - positions[None], axis=2)
    assert pairs[pairs > 0].min() >= 2.0
    assert smallest_distance(positions) == pytest.approx(2.0, abs=1e-9)


def test_the_smallest_distance_includes_the_absorber():
    positions = np.array([[0.0, 0.0, 2.0], [0.0, 3.5, 0.0], [0.0, 3.5, 1.5]])
    assert smallest_distance(positions) == pytest.approx(1.5)
    assert smallest_distance(positions[:2]) == pytest.approx(2.0)


def test_repulsion_never_ends_below_its_start_and_keeps_the_radii():
    rng = np.random.default_rng(3)
    start = fibonacci_grid(20) @ random_rotation(rng).T * 3.0
    start[15] = 3.0 * (start[0] + 0.05) / np.linalg.norm(start[0] + 0.05)
    moved = start.copy()
    reached = repel(moved, np.full(20, 3.0), 100)
    assert reached > smallest_distance(start) + 1.0
    assert reached == pytest.approx(smallest_distance(moved), abs=1e-12)
    np.testing.assert_allclose(np.linalg.norm(moved, axis=1), 3.0)
    assert np.abs(moved - start).max() > 0.01


@given(st.integers(1, 200))
def test_fibonacci_points_are_unit_vectors_around_the_origin(count):
    points = fibonacci_grid(count)
    np.testing.assert_allclose(np.linalg.norm(points, axis=1), 1.0, atol=1e-12)
    assert np.linalg.norm(points.mean(axis=0)) <= 1.0 / count + 1e-9


@given(st.integers(0, 2**32))
def test_rotations_are_rotations(seed):
    rotation = random_rotation(np.random.default_rng(seed))
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(rotation) == pytest.approx(1.0)


def test_without_jitter_atoms_lie_on_the_directions_of_the_template():
    system = nickel("fcc", jitter=0.0)
    state = microstate(system, seed=2)
    positions = from_directions(state)
    for shell, directions in enumerate(directions_for(system)):
        mine = positions[state.shells == shell]
        assert angle_to_nearest(mine, directions).max() < 1e-7
        # Every site is taken once.
        nearest = np.argmax(mine @ directions.T, axis=1)
        assert sorted(nearest) == list(range(len(directions)))


def test_jitter_displaces_across_the_direction_by_its_deviation():
    system = nickel("fcc", jitter=0.5)
    displaced = []
    for seed in range(20):
        state = microstate(system, seed)
        positions = from_directions(state)
        first = state.shells == 0
        angles = angle_to_nearest(positions[first], directions_for(system)[0])
        displaced.append(np.tan(angles) * state.lengths[first])
    # Half of the shell's 0.08 Å, in two components: twice the variance.
    rms = np.sqrt(np.mean(np.square(displaced)))
    assert rms == pytest.approx(0.04 * np.sqrt(2), rel=0.1)


def test_missing_atoms_leave_sites_empty():
    few = nickel("fcc", jitter=0.0, numbers=(9, 6, 24, 12))
    state = microstate(few, seed=1)
    positions = from_directions(state)
    first = positions[state.shells == 0]
    assert angle_to_nearest(first, directions_for(few)[0]).max() < 1e-7
    nearest = np.argmax(first @ directions_for(few)[0].T, axis=1)
    assert len(set(nearest)) == 9


def test_atoms_beyond_the_sites_share_them():
    many = nickel("fcc", jitter=0.0, numbers=(12, 8, 24, 12))
    state = microstate(many, seed=1)
    cluster = assemble(state, system=many, recipe=RECIPE, rng=np.random.default_rng(1))
    second = cluster.shells == 1
    assert second.sum() == 6
    assert cluster.occupancies is not None
    np.testing.assert_allclose(cluster.occupancies[second], 8 / 6)
    np.testing.assert_array_equal(cluster.occupancies[~second], 1.0)


def test_a_template_needs_microstates_that_were_drawn_on_it():
    state = microstate(nickel(), seed=1)
    with pytest.raises(ValueError, match="without the template of its system"):
        from_directions(state)


def sites_left(seed):
    """Return the unit vectors of half-full shells, all shells together."""
    half = nickel("fcc", jitter=0.0, numbers=(6, 3, 12, 6))
    positions = from_directions(microstate(half, seed))
    return positions / np.linalg.norm(positions, axis=1)[:, None]


def test_missing_atoms_lie_on_one_side():
    """A half sphere of directions has the mean length 1/2, random halves about 0.14."""
    lopsided = [np.linalg.norm(sites_left(seed).mean(axis=0)) for seed in range(60)]
    assert np.mean(lopsided) > 0.4
    assert np.max(lopsided) > 0.5


def test_an_outer_atom_of_a_cut_lattice_keeps_the_atom_in_front_of_it():
    """Without it the focusing along the row would be lost, as in no real particle.

    By chance it would be there in half of the cases.
    """
    kept, rows = 0, 0
    for seed in range(60):
        units = sites_left(seed)
        inner, outer = units[:6], units[-6:]
        rows += len(outer)
        kept += np.sum((outer @ inner.T).max(axis=1) > 0.999)
    assert kept / rows > 0.75


def test_a_share_of_the_clusters_has_free_angles():
    system = nickel("fcc", jitter=0.0, share=0.5)
    on_template = []
    for seed in range(16):
        cluster = assemble(
            microstate(system, seed),
            system=system,
            recipe=RECIPE,
            rng=np.random.default_rng(seed),
        )
        first = cluster.positions[cluster.shells == 0]
        on_template.append(angle_to_nearest(first, directions_for(system)[0]).max())
    share = np.mean(np.array(on_template) < 1e-6)
    assert 0.2 < share < 0.8


def test_the_seed_decides_the_cluster():
    state = microstate(nickel(), seed=1)

    def positions(seed):
        return assemble(
            state, system=nickel(), recipe=RECIPE, rng=np.random.default_rng(seed)
        ).positions

    np.testing.assert_array_equal(positions(1), positions(1))
    assert not np.array_equal(positions(1), positions(2))


def test_a_cluster_too_dense_is_set_aside_with_its_reason():
    recipe = ClusterRecipe(smallest_distances={"Cl-Cl": 2.8})
    with pytest.raises(StructureError) as caught:
        assemble(
            chlorides([2.0] * 12),
            system=nickel(),
            recipe=recipe,
            rng=np.random.default_rng(0),
        )
    assert caught.value.reason == "Cl-Cl closer than 2.80 Å"
    assert "the limit is 2.80 Å" in str(caught.value)


def test_an_atom_too_close_to_the_absorber_is_named():
    cluster = Cluster("Ni", ("Cl",), np.zeros(1, int), np.array([[0.0, 0.0, 1.0]]))
    with pytest.raises(StructureError, match=r"two atoms Cl-Ni are 1.00 Å apart"):
        check_distances(cluster, RECIPE)


def test_a_length_from_the_far_tail_is_set_aside():
    with pytest.raises(StructureError) as caught:
        assemble(
            chlorides([2.3, -0.1]),
            system=nickel(),
            recipe=RECIPE,
            rng=np.random.default_rng(0),
        )
    assert caught.value.reason == "pair length not positive"


def test_limits_come_from_the_recipe_in_either_order_or_from_covalent_radii():
    recipe = ClusterRecipe(closest_share=0.7, smallest_distances={"Cl-Zn": 2.0})
    assert smallest_allowed("Zn", "Cl", recipe) == 2.0
    assert smallest_allowed("Cl", "Zn", recipe) == 2.0
    # Cordero et al. (2008): Ni 1.24 Å, Cl 1.02 Å.
    assert smallest_allowed("Ni", "Cl", recipe) == pytest.approx(0.7 * (1.24 + 1.02))


def test_no_neighbours_and_one_neighbour_are_clusters_too():
    for lengths in ([], [2.3]):
        positions = evolve(
            chlorides(lengths), recipe=RECIPE, rng=np.random.default_rng(0)
        )
        assert positions.shape == (len(lengths), 3)
