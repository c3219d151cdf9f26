"""Clusters to look at: the same as for a reference, with how they came and why not."""

from dataclasses import replace

import ase.io
import numpy as np
import pytest

from onne_core.clusters.assembly import evolve
from onne_core.clusters.geometry import (
    angles_at,
    angles_at_absorber,
    closest_atoms,
    distances_in,
    without_preference,
)
from onne_core.clusters.repulsion import smallest_distance
from onne_core.clusters.sampling import draw_macrostates, draw_microstates
from onne_core.formats import WRITERS
from onne_core.jobs import Progress, run
from onne_core.pipeline.phases.references import sample_clusters
from onne_core.pipeline.phases.samples import draw_samples
from onne_core.values.recipe import ClusterRecipe, Recipe
from onne_core.values.structure import Angles, Cluster, Range, Shell, System

SHELLS = (
    Shell("Cl", Range(2.1, 2.5), Range(0.05, 0.1), Range(4, 6)),
    Shell("Zn", Range(3.2, 4.0), Range(0.1, 0.2), Range(2, 4)),
)
MELT = Recipe(System("Ni", "K", SHELLS))


def square() -> Cluster:
    """Return four Cl around Ni in a plane, and one Zn above."""
    positions = np.array(
        [[2.0, 0, 0], [0, 2.0, 0], [-2.0, 0, 0], [0, -2.0, 0], [0, 0, 3.0]]
    )
    shells = np.array([0, 0, 0, 0, 1])
    return Cluster("Ni", ("Cl", "Cl", "Cl", "Cl", "Zn"), shells, positions)


def test_angles_and_distances_of_a_square():
    cluster = square()
    assert angles_at_absorber(cluster, np.arange(4)) == pytest.approx(
        [90, 180, 90, 90, 180, 90]
    )
    first, second, distance = closest_atoms(cluster)
    assert (first, distance) == (0, pytest.approx(2.0))
    assert second in (1, 2, 3, 4)
    assert distances_in(cluster)[1, 2] == pytest.approx(2.0 * np.sqrt(2.0))
    away = angles_at(cluster.positions[0], np.zeros(3), cluster.positions[[1, 4]])
    assert away == pytest.approx([45.0, np.degrees(np.arctan2(3.0, 2.0))])


def test_angles_without_preference_are_normalised():
    angles = np.linspace(0.0, 180.0, 1801)
    assert np.trapezoid(without_preference(angles), angles) == pytest.approx(1.0)
    rng = np.random.default_rng(0)
    directions = rng.standard_normal((400, 3))
    cluster = Cluster("Ni", ("Cl",) * 400, np.zeros(400, int), directions)
    found = angles_at_absorber(cluster, np.arange(400))
    share = np.mean(found < 60.0)
    assert share == pytest.approx(0.25, abs=0.01)  # (1 - cos 60) / 2


def test_samples_are_the_clusters_of_a_reference_and_tell_of_the_search():
    samples = run(draw_samples(MELT, count=6, seed=3))
    clusters = sample_clusters(MELT, count=6, seed=3)
    usable = [item.cluster for item in samples if item.is_usable]
    assert len(usable) == len(clusters)
    for sample, cluster in zip(usable, clusters, strict=True):
        assert np.array_equal(sample.positions, cluster.positions)
    for sample in samples:
        reached = np.array(sample.best)
        assert 2 < reached.size <= MELT.clusters.generations + 2
        assert np.all(np.diff(reached) >= 0.0)
        assert np.all(reached >= np.array(sample.worst))
        assert sample.closest == pytest.approx(reached[-1])


def test_samples_are_counted_while_they_are_made():
    stage = draw_samples(MELT, count=2, seed=3)
    assert next(stage) == Progress(0, 2, "Assembling clusters")
    assert next(stage).done == 1


def test_a_cluster_set_aside_names_its_reason_and_the_two_atoms():
    strict = replace(MELT, clusters=ClusterRecipe(closest_share=1.3))
    samples = run(draw_samples(strict, count=4, seed=3))
    assert not any(item.is_usable for item in samples)
    for item in samples:
        assert item.cluster is not None
        first, second = item.too_close
        limit = float(item.reason.split()[-2])
        assert distances_in(item.cluster)[first, second] < limit


def test_a_length_that_cannot_be_makes_no_cluster():
    wide = Shell("Cl", Range(0.3, 0.3), Range(0.5, 0.5), Range(20, 20))
    samples = run(draw_samples(Recipe(System("Ni", "K", (wide,))), count=2, seed=1))
    assert [item.cluster for item in samples] == [None, None]
    assert samples[0].reason == "pair length not positive"


def test_a_template_has_no_progress():
    shells = (Shell("Ni", Range(2.48, 2.5), Range(0.05, 0.06), Range(12, 12)),)
    system = System("Ni", "K", shells, angles=Angles(template="fcc"))
    (sample,) = run(draw_samples(Recipe(system), count=1, seed=1))
    assert sample.is_usable
    assert sample.best == sample.worst == ()


def test_a_report_does_not_change_the_search():
    macrostate = draw_macrostates(MELT.system, count=1, seed=5)[0]
    (state,) = draw_microstates(macrostate, count=1, rng=np.random.default_rng(1))
    told: list[tuple[float, float]] = []

    def search(report=None):
        rng = np.random.default_rng(2)
        return evolve(state, recipe=MELT.clusters, rng=rng, report=report)

    watched = search(lambda best, worst: told.append((best, worst)))
    assert np.array_equal(search(), watched)
    assert told[-1][0] == pytest.approx(smallest_distance(watched))


@pytest.mark.parametrize("suffix", WRITERS)
@pytest.mark.parametrize("shares", [None, [0.5, 1.0, 0.25, 1.0, 0.75]])
def test_written_clusters_are_read_again(tmp_path, suffix, shares):
    occupancies = None if shares is None else np.array(shares)
    cluster = replace(square(), occupancies=occupancies)
    path = tmp_path / f"clusters{suffix}"
    titles = ["first", 'second "quoted"\nline']
    path.write_text(WRITERS[suffix]([cluster, square()], titles))
    first, second = ase.io.read(path, index=":")
    assert first.get_chemical_symbols() == ["Ni", *cluster.elements]
    distances = first.get_distances(0, [1, 2, 3, 4, 5], mic=suffix == ".cif")
    assert distances == pytest.approx(cluster.lengths, abs=1e-4)
    assert second.get_distance(1, 2) == pytest.approx(np.sqrt(8.0), abs=1e-4)
