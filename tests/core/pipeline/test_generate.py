"""From a recipe to a training set: the same set however it was made, or a refusal."""

import os
import pickle
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import process_work
import pytest
from ase.build import bulk
from ase.io import write

from onne_core import files
from onne_core.clusters.sampling import draw_macrostates
from onne_core.errors import JobError, ScatteringError, StorageError
from onne_core.jobs import run
from onne_core.pipeline.phases import references
from onne_core.pipeline.sets import generation, macrostates
from onne_core.training_set.training_set import Head, load_training_set
from onne_core.values.recipe import (
    SamplingRecipe,
    read_recipe,
)
from onne_core.values.spectrum import k_grid
from onne_core.values.structure import Angles, Range, Shell
from tests.core.pipeline.small_set import RECIPE, made

ROOT = Path(__file__).resolve().parents[3]

GENERATE = """
import os
import pickle
import signal
import sys
from pathlib import Path

import psutil

if __name__ == "__main__":
    from onne_core.pipeline.sets import generation

    generation.SHARD_SECONDS = 0.1
    recipe = pickle.loads(Path(sys.argv[1]).read_bytes())
    for step in generation.generate(recipe, Path(sys.argv[2]), workers=1):
        if step.done:
            started = psutil.Process().children(recursive=True)
            print(*[process.pid for process in started], flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
"""
"""It kills itself when the first shard is finished."""


def contents(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def identities(folder):
    return {
        path.name: (path.stat().st_ino, path.stat().st_mtime_ns)
        for path in folder.glob("shard-*.npz")
    }


@pytest.mark.feff
def test_the_set_holds_what_was_asked_for(small_set):
    found = load_training_set(small_set)
    assert len(found.pairs) == 3
    assert [head.label for head in found.heads] == ["Ni-Cl"]
    assert found.rejected == {}
    np.testing.assert_allclose(found.k, k_grid(20.0))
    numbers = found.pairs.g.sum(axis=2)[:, 0] * RECIPE.radial.step
    np.testing.assert_allclose(numbers, found.pairs.moments[:, 0, 0], rtol=1e-5)
    drawn = draw_macrostates(RECIPE.system, count=3, seed=5)
    for state, (number, distance, *_) in zip(
        drawn, found.pairs.moments[:, 0], strict=True
    ):
        assert abs(number - state.shells[0].coordination) < 0.5
        assert distance == pytest.approx(state.shells[0].variable.mean, abs=0.05)
    assert found.paths["Ni-Cl"].shape[0] == 6
    assert sorted(contents(small_set)) == [
        ".lock",
        "paths.npz",
        "recipe.json",
        "request",
        "shard-00000.npz",
        "shard-00001.npz",
        "shard-00002.npz",
        "training_set.json",
    ]
    assert read_recipe(small_set / "recipe.json") == RECIPE


@pytest.mark.feff
def test_the_number_of_workers_changes_nothing(small_set, tmp_path):
    folder = made(tmp_path / "two", workers=2)
    assert contents(folder) == contents(small_set)


@pytest.mark.feff
def test_macrostates_are_appended_to_a_set(tmp_path, monkeypatch):
    monkeypatch.setattr(generation, "SHARD_SECONDS", 3.2)  # two macrostates each
    few, more = (
        replace(RECIPE, sampling=replace(RECIPE.sampling, macrostates=count))
        for count in (3, 4)
    )
    grown, whole = tmp_path / "grown", tmp_path / "whole"
    run(generation.generate(few, grown, workers=1))
    before = identities(grown)
    run(generation.generate(more, grown, workers=1))
    run(generation.generate(more, whole, workers=1))
    assert contents(grown) == contents(whole)
    # The whole shard stays, the short one is made again.
    changed = {name for name, mark in identities(grown).items() if before[name] != mark}
    assert changed == {"shard-00001.npz"}


@pytest.mark.feff
def test_another_seed_is_another_set(small_set, tmp_path):
    folder = made(tmp_path / "set")
    other = replace(RECIPE, sampling=replace(RECIPE.sampling, seed=6))
    with pytest.raises(StorageError, match="another recipe"):
        made(folder, recipe=other)


@pytest.mark.feff
@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
def test_a_killed_run_goes_on_and_ends_as_if_nothing_had_been(small_set, tmp_path):
    folder = tmp_path / "killed"
    start_and_kill(tmp_path, folder)
    finished = identities(folder)
    assert 0 < len(finished) < 3
    assert not (folder / "training_set.json").exists()
    made(folder, workers=2)
    assert contents(folder) == contents(small_set)
    assert finished.items() <= identities(folder).items()


def start_and_kill(place, folder):
    """Run a generation in a process of its own, until kill -9 after the first shard."""
    (place / "program.py").write_text(GENERATE)
    (place / "recipe").write_bytes(pickle.dumps(RECIPE))
    program = subprocess.Popen(
        [sys.executable, "program.py", "recipe", str(folder)],
        cwd=place,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    written, _ = program.communicate(timeout=120.0)
    assert program.returncode == -signal.SIGKILL
    started = [int(word) for word in written.split()]
    assert started
    assert process_work.ended(started) == []


@pytest.mark.feff
def test_only_a_damaged_shard_is_made_again(small_set, tmp_path):
    folder = tmp_path / "damaged"
    folder.mkdir()
    for name, content in contents(small_set).items():
        (folder / name).write_bytes(content)
    (folder / "shard-00001.npz").write_bytes(b"PK\x03\x04 but not more")
    before = identities(folder)
    made(folder)
    assert contents(folder) == contents(small_set)
    after = identities(folder)
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"shard-00001.npz"}


def test_a_marker_that_is_no_text_is_of_another_set(tmp_path):
    (tmp_path / "request").write_bytes(b"\xff\xfe")
    with pytest.raises(StorageError, match="another recipe"):
        made(tmp_path)


@pytest.mark.feff
def test_a_folder_of_another_recipe_is_refused_and_untouched(small_set):
    before = contents(small_set)
    other = replace(RECIPE, sampling=replace(RECIPE.sampling, seed=6))
    with pytest.raises(StorageError, match=r"another recipe or version; choose"):
        made(small_set, recipe=other)
    assert contents(small_set) == before


def test_a_folder_in_which_another_run_works_is_refused(tmp_path):
    with (
        files.locked(tmp_path / ".lock"),
        pytest.raises(StorageError, match="another process is using this folder"),
    ):
        made(tmp_path)


def test_hidden_files_of_others_are_not_cleared(tmp_path, monkeypatch):
    """A folder that holds no training set yet may be anybody's, a home even."""

    def interrupted(*_):
        raise KeyboardInterrupt

    (tmp_path / ".download.part").touch()
    monkeypatch.setattr(generation, "reference_paths", interrupted)
    with pytest.raises(KeyboardInterrupt):
        made(tmp_path)
    assert (tmp_path / ".download.part").exists()


def test_networks_do_not_count_but_all_else_does():
    def changed(stage, **values):
        return replace(RECIPE, **{stage: replace(getattr(RECIPE, stage), **values)})

    digests = {
        generation.set_digest(recipe)
        for recipe in (
            RECIPE,
            changed("training", members=3),
            changed("sampling", seed=6),
            changed("clusters", population=2),
            changed("scattering", r_max=4.5),
            changed("radial", step=0.01),
            changed("system", edge="L3"),
        )
    }
    assert len(digests) == 6


def test_a_template_file_counts_by_its_content(tmp_path):
    path = tmp_path / "salt.cif"
    system = replace(RECIPE.system, angles=Angles(template=str(path)))

    def digest_with(lattice, length):
        write(path, bulk("NiCl", lattice, a=length))
        return generation.set_digest(replace(RECIPE, system=system))

    first = digest_with("rocksalt", 4.8)
    assert digest_with("cesiumchloride", 2.7) != first
    assert digest_with("rocksalt", 4.8) == first


def averaged(chi_of, *, microstates=4, system=RECIPE.system):
    """Average one macrostate with ``chi_of`` in the place of an engine."""
    sampling = SamplingRecipe(1, microstates, 5)
    recipe = replace(RECIPE, system=system, sampling=sampling)
    rejected = Counter()
    state = draw_macrostates(recipe.system, count=1, seed=5)[0]
    found = macrostates.average_of(
        state, recipe, scatter=chi_of, rng=np.random.default_rng(5), rejected=rejected
    )
    return found, rejected


def refuse_some(share):
    """Return a stand-in for FEFF that refuses the first share of four clusters."""
    calls = []

    def chi_of(cluster):
        calls.append(cluster)
        if len(calls) <= 4 * share:
            raise ScatteringError("diverged", reason="spectrum diverged")
        return np.full(k_grid(20.0).size, float(len(cluster.elements)))

    chi_of.calls = calls
    return chi_of


def test_spectrum_and_g_are_means_over_the_same_clusters():
    chi_of = refuse_some(0.5)
    found, rejected = averaged(chi_of)
    pairs = found.pairs
    usable = chi_of.calls[2:]
    assert rejected == {"spectrum diverged": 2}
    lengths = np.concatenate([cluster.lengths for cluster in usable])
    assert pairs.chi[0, 0] == pytest.approx(lengths.size / 2)
    assert pairs.g.sum() * RECIPE.radial.step == pytest.approx(lengths.size / 2)
    number, distance, sigma2, c3 = pairs.moments[0, 0]
    assert number == pytest.approx(lengths.size / 2)
    assert distance == pytest.approx(lengths.mean())
    assert sigma2 == pytest.approx(lengths.var())
    assert c3 == pytest.approx(np.mean((lengths - lengths.mean()) ** 3))


def test_a_head_of_two_shells_has_the_neighbours_of_both():
    shells = tuple(
        Shell("Cl", Range(r, r + 0.1), Range(0.03, 0.08), Range(n, n), head="Ni-Cl")
        for r, n in ((2.2, 4.0), (2.8, 2.0))
    )
    system = replace(RECIPE.system, shells=shells)
    assert generation.heads_of(system) == (Head("Ni-Cl", "Ni-Cl"),)
    found, _ = averaged(lambda cluster: np.zeros(401), system=system)
    lengths = np.concatenate([member.microstate.lengths for member in found.members])
    number, distance, sigma2, c3 = found.pairs.moments[0, 0]
    assert number == 6.0
    assert distance == pytest.approx(lengths.mean())
    assert sigma2 == pytest.approx(lengths.var())
    assert c3 == pytest.approx(np.mean((lengths - lengths.mean()) ** 3))
    assert found.pairs.g[0, 0].sum() * RECIPE.radial.step == pytest.approx(6.0)


def test_neighbours_beyond_the_sites_of_a_template_are_in_g():
    shell = Shell("Cl", Range(2.3, 2.4), Range(0.05, 0.1), Range(7.0, 7.0))
    system = replace(
        RECIPE.system, shells=(shell,), angles=Angles("rocksalt", jitter=(0.0, 0.0))
    )
    seen = []

    def scatter(cluster):
        seen.append(cluster)
        return np.zeros(401)

    found, _ = averaged(scatter, system=system)
    assert {len(cluster.elements) for cluster in seen} == {6}
    assert found.pairs.moments[0, 0, 0] == pytest.approx(7.0)
    assert found.pairs.g[0, 0].sum() * RECIPE.radial.step == pytest.approx(7.0)


def test_a_macrostate_most_of_whose_clusters_fail_is_left_out():
    found, rejected = averaged(refuse_some(0.75))
    assert found is None
    assert rejected["spectrum diverged"] == 3
    assert rejected["macrostate left out: most of its clusters were"] == 1


@pytest.mark.parametrize("error", [JobError, StorageError])
def test_what_is_no_fault_of_the_cluster_stops_the_run(error):
    def chi_of(cluster):
        raise error("the disk is full")

    with pytest.raises(error):
        averaged(chi_of)


def test_the_reference_has_at_least_one_atom_of_every_shell():
    rare = Shell("Ni", Range(3.4, 3.6), Range(0.1, 0.1), Range(0.0, 0.6))
    system = replace(RECIPE.system, shells=(*RECIPE.system.shells, rare))
    cluster = references.centre_cluster(replace(RECIPE, system=system))
    assert Counter(cluster.elements) == {"Cl": 4, "Ni": 1}
    np.testing.assert_allclose(cluster.lengths, [2.3] * 4 + [3.5], atol=1e-4)
