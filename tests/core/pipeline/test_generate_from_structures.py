"""Pairs of chi(k) and g(r) from given structures: groups, averages, whole runs."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import process_work
import pytest
from ase import Atoms
from ase.io import read, write
from hypothesis import given
from hypothesis import strategies as st

from onne_core.digest import digest_of_file
from onne_core.errors import DefinitionError, ScatteringError, StorageError
from onne_core.formats.structures import read_environments
from onne_core.jobs import Failed, Job, run
from onne_core.pipeline.sets import structures
from onne_core.pipeline.sets.groups import arranged, averages, centre_of, groups_of
from onne_core.pipeline.sets.structures import (
    StructuresRequest,
    generate_from_structures,
)
from onne_core.scattering import feff
from onne_core.training_set.training_set import Head, load_training_set
from onne_core.values.radial import RadialGrid
from onne_core.values.recipe import ScatteringRecipe
from onne_core.values.structure import Cluster
from tests.core.trajectories.emt import write_environments

GRID = RadialGrid(1.6, 3.0, 0.02)
RECIPE = ScatteringRecipe(r_max=3.0, legs=2)


def neighbours(*lengths: float, element: str = "O") -> Cluster:
    positions = np.zeros((len(lengths), 3))
    positions[:, 2] = lengths
    return Cluster(
        "Ni", (element,) * len(lengths), np.full(len(lengths), -1), positions
    )


def octahedra(path: Path, *, count: int, spoilt: int | None = None) -> Path:
    """Write ``count`` distorted NiO6; two atoms of number ``spoilt`` coincide."""
    rng = np.random.default_rng(5)
    directions = np.vstack([np.eye(3), -np.eye(3)])
    frames = []
    for number in range(count):
        oxygen = 2.07 * directions + rng.normal(scale=0.05, size=(6, 3))
        if number == spoilt:
            oxygen[1] = oxygen[0] + 0.1
        frames.append(Atoms("NiO6", np.vstack([np.zeros(3), oxygen])))
    write(path, frames, format="extxyz")
    return path


def request_for(trajectory: Path, group: int | None = None) -> StructuresRequest:
    return StructuresRequest(
        trajectory, "Ni", "K", cutoff=3.0, group=group, scattering=RECIPE, radial=GRID
    )


@given(count=st.integers(1, 300), size=st.integers(1, 300))
def test_groups_are_consecutive_and_full_but_for_the_last(count, size):
    left = count % size
    whole = [size] * (count // size) + ([left] if left > 0 and 2 * left >= size else [])
    if not whole:
        with pytest.raises(DefinitionError, match="group"):
            groups_of(count, size)
        return
    groups = groups_of(count, size)
    assert [len(group) for group in groups] == whole
    members = [i for group in groups for i in group]
    assert members == list(range(sum(whole)))


def test_without_a_group_all_are_averaged():
    assert groups_of(7, None) == (range(7),)


def test_average_leaves_out_what_could_not_scatter():
    environments = (neighbours(2.0), neighbours(2.2, 2.4), neighbours(2.8))
    chi = np.array([[1.0, 2.0], [3.0, 4.0], [np.nan, np.nan]])
    (pair,) = averages(environments, chi, groups=(range(3),), radial=GRID)
    assert pair.chi == pytest.approx(np.array([[2.0, 3.0]]))
    lengths = np.array([2.0, 2.2, 2.4])
    offset = lengths - lengths.mean()
    expected = [1.5, lengths.mean(), np.mean(offset**2), np.mean(offset**3)]
    assert pair.moments[0, 0] == pytest.approx(expected)
    assert pair.g[0, 0].sum() * GRID.step == pytest.approx(1.5)


def test_group_with_less_than_half_usable_is_left_out():
    environments = tuple(neighbours(2.0) for _ in range(6))
    chi = np.zeros((6, 2))
    chi[[0, 1]] = np.nan
    pairs = averages(environments, chi, groups=(range(3), range(3, 6)), radial=GRID)
    assert len(pairs) == 1


def test_by_centre_groups_have_alike_environments():
    environments = (
        neighbours(2.3, 2.4, 4.0),
        neighbours(2.0, 2.1),
        neighbours(2.3, 2.5),
        neighbours(2.0, 2.2, 3.9),
    )
    assert arranged(environments, "order") is environments
    order = [environments.index(item) for item in arranged(environments, "centre")]
    assert order == [1, 3, 0, 2]


def test_the_centre_is_that_of_the_nearest_element():
    """Two equal lengths weigh the same; far ones and other elements weigh nothing."""
    assert centre_of(neighbours(2.1, 2.1, 4.2)) == pytest.approx(2.1, abs=1e-6)
    mixed = Cluster(
        "Ni", ("O", "Cl"), np.full(2, -1), np.array([[2.0, 0, 0], [0, 2.05, 0]])
    )
    assert centre_of(mixed) == 2.0
    weight = np.exp(1.0 - 1.1**6)
    expected = (2.0 + 2.2 * weight) / (1.0 + weight)
    assert centre_of(neighbours(2.0, 2.2)) == pytest.approx(expected)
    assert centre_of(neighbours()) == np.inf


def test_neighbours_outside_the_grid_are_not_counted():
    environments = (neighbours(1.5, 2.0, 3.5),)
    (pair,) = averages(environments, np.zeros((1, 2)), groups=(range(1),), radial=GRID)
    assert pair.moments[0, 0, 0] == 1.0
    assert pair.g[0, 0].sum() * GRID.step == pytest.approx(1.0)


def test_every_element_has_its_row_in_every_group():
    environments = (neighbours(2.0), neighbours(2.3, element="Cl"))
    pairs = averages(
        environments, np.zeros((2, 2)), groups=(range(1), range(1, 2)), radial=GRID
    )
    counts = [pair.moments[0, :, 0].tolist() for pair in pairs]
    assert counts == [[0.0, 1.0], [1.0, 0.0]]


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"absorber": "Xx"}, "absorber: 'Xx' is not a chemical symbol"),
        ({"edge": "M5"}, "edge: 'M5'; use one of K"),
        ({"group": 0}, "group: 0; give at least 1"),
        ({"cutoff": 0.0}, "cutoff: 0 Å; give more than 1.62"),
        ({"cutoff": 5.0}, "g.r. up to 6 Å needs neighbours up to that distance"),
    ],
)
def test_request_that_contradicts_itself_is_refused(changes, text):
    values = {"absorber": "Ni", "edge": "K", "radial": RadialGrid(1.6, 6.0, 0.02)}
    with pytest.raises(DefinitionError, match=text):
        StructuresRequest(trajectory=Path("any.xyz"), **values | changes)


def test_grid_ends_at_the_cutoff_where_none_is_given():
    request = StructuresRequest(Path("any.xyz"), "Ni", "K", cutoff=5.5)
    assert request.grid == RadialGrid(1.6, 5.5, 0.02)


@pytest.mark.slow
@pytest.mark.feff
def test_killed_run_goes_on_and_gives_the_same(tmp_path, monkeypatch):
    request = request_for(octahedra(tmp_path / "nio6.xyz", count=5), group=2)
    monkeypatch.setattr(structures, "SHARD_SECONDS", process_work.TWO_STRUCTURES)
    whole = run(generate_from_structures(request, tmp_path / "whole", workers=2))

    killed = tmp_path / "killed"
    job = Job(process_work.makes_a_part_and_dies, request, killed)
    job.start()
    *_, last = job.wait()
    assert isinstance(last, Failed)
    finished = {path: path.stat().st_mtime_ns for path in killed.rglob("part-*.npz")}
    assert 1 <= len(finished) < 3
    assert not (killed / "training_set.json").exists()

    steps = list(generate_from_structures(request, killed, workers=1))
    assert steps[0].done >= 1
    assert {path: path.stat().st_mtime_ns for path in finished} == finished
    names = sorted(path.relative_to(whole) for path in whole.rglob("*.npz"))
    assert len(names) == 5
    for name in (*names, Path("training_set.json")):
        assert digest_of_file(killed / name) == digest_of_file(whole / name)


@pytest.mark.feff
@pytest.mark.usefixtures("remembered_feff")
@pytest.mark.parametrize(("engine", "tolerance"), [("feff", 1e-7), ("onne", 1e-5)])
def test_mean_chi_is_that_of_the_usable_environments(tmp_path, engine, tolerance):
    """Either engine with phases of every environment's own is one whole FEFF run."""
    request = request_for(octahedra(tmp_path / "nio6.xyz", count=3, spoilt=1))
    request = replace(request, scattering=replace(RECIPE, engine=engine))
    folder = run(generate_from_structures(request, tmp_path / "out", workers=1))
    pairs = load_training_set(folder)
    environments = read_environments(request.trajectory, absorber="Ni", cutoff=3.0)
    spectra = [feff.chi_of(environments[i], edge="K", recipe=RECIPE) for i in (0, 2)]
    # At k = 0 FEFF's own rounding of its phases decides.
    expected = np.mean(spectra, axis=0)[1:]
    assert pairs.pairs.chi[0, 1:] == pytest.approx(expected, abs=tolerance)
    assert pairs.heads == (Head("Ni-O", "Ni-O"),)
    assert pairs.rejected == {"atoms coincide": 1}
    assert pairs.pairs.moments[0, 0, 0] == 6.0
    assert pairs.paths["Ni-O"][5, 0] == pytest.approx(
        environments[0].lengths.min(), abs=2e-3
    )
    assert pairs.description["kind"] == "structures"
    assert pairs.description["sha256"] == digest_of_file(request.trajectory)
    assert not (folder / ".scratch").exists()

    other = request_for(request.trajectory, group=2)
    with pytest.raises(StorageError, match="another recipe"):
        run(generate_from_structures(other, folder, workers=1))


def test_structures_that_cannot_scatter_are_an_error_not_an_empty_set(tmp_path):
    request = request_for(octahedra(tmp_path / "nio6.xyz", count=1, spoilt=0))
    with pytest.raises(ScatteringError, match="atoms coincide"):
        run(generate_from_structures(request, tmp_path / "out", workers=1))
    assert not (tmp_path / "out" / "training_set.json").exists()


@pytest.mark.feff
def test_few_environments_of_a_melt_resemble_the_mean_of_all(tmp_path, shared_data):
    folder = shared_data / "md"
    few = tmp_path / "few.xyz"
    write(few, read(folder / "ni_kcl_zncl2_comp1.xyz", index=":6"), format="extxyz")
    request = StructuresRequest(
        few, "Ni", "K", cutoff=5.5, scattering=ScatteringRecipe(r_max=5.5)
    )
    made = load_training_set(
        run(generate_from_structures(request, tmp_path / "out", workers=2))
    )
    assert [head.pair for head in made.heads] == ["Ni-Cl", "Ni-K", "Ni-Zn"]
    k, chi = np.loadtxt(folder / "ni_kcl_zncl2_comp1.chi", unpack=True)
    expected = np.interp(made.k, k, chi)
    compared = (made.k > 3.0) & (made.k < 10.0)
    likeness = np.corrcoef(made.pairs.chi[0][compared], expected[compared])[0, 1]
    assert likeness > 0.95


def test_dynamics_of_nickel_has_the_shells_of_fcc(tmp_path):
    path = write_environments(
        tmp_path / "ni.xyz",
        element="Ni",
        temperature=300.0,
        seed=3,
        frames=1,
        per_frame=20,
        lattice_constant=3.524,
        cells=2,
    )
    found = read_environments(path, absorber="Ni", cutoff=6.0)
    assert len(found) == 20
    lengths = np.concatenate([item.lengths for item in found])
    first = lengths[lengths < 3.0]
    assert first.size == 20 * 12
    assert first.mean() == pytest.approx(3.524 / np.sqrt(2.0), abs=0.02)
    assert 0.003 < first.var() < 0.008
