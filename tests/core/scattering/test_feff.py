"""FEFF8L runs: golden spectra, checked input, and every way in which a run can fail."""

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import process_work
import pytest

from onne_core.errors import JobError, ScatteringError, StorageError
from onne_core.scattering import executables, feff
from onne_core.values.recipe import ScatteringRecipe
from onne_core.values.spectrum import k_grid
from onne_core.values.structure import Cluster

ROOT = Path(__file__).resolve().parents[3]
GOLDEN = ROOT / "tests" / "golden" / "nicl4_chi.json"

# A distorted tetrahedron: four lengths, so that no two paths are merged.
POSITIONS = [
    [1.28, 1.30, 1.26],
    [1.32, -1.29, -1.30],
    [-1.33, 1.36, -1.29],
    [-1.36, -1.32, 1.39],
]
RECIPE = ScatteringRecipe(r_max=4.0)

posix = pytest.mark.skipif(os.name != "posix", reason="the stand-ins are shell scripts")


@pytest.fixture
def feff8l():
    """Skip where xraylarch ships no executables for this platform."""
    try:
        return executables.executables()
    except ScatteringError as error:
        pytest.skip(str(error))


def tetrahedron(positions=POSITIONS):
    positions = np.array(positions, dtype=float).reshape(-1, 3)
    shells = np.zeros(len(positions), int)
    return Cluster("Ni", ("Cl",) * len(positions), shells, positions)


def chi_of(cluster=None, recipe=RECIPE, **options):
    return feff.chi_of(cluster or tetrahedron(), edge="K", recipe=recipe, **options)


def test_a_core_hole_is_left_out_where_the_recipe_says_so():
    def lines(recipe):
        return feff.input_text(tetrahedron(), edge="K", recipe=recipe).splitlines()

    assert "NOHOLE" not in lines(RECIPE)
    assert "NOHOLE" in lines(replace(RECIPE, core_hole=False))


@pytest.mark.feff
class TestRuns:
    """With the executables themselves.

    chi(0) is left out: whether chi.dat has this row hangs on the last bit of k.
    """

    pytestmark = pytest.mark.usefixtures("feff8l")

    def test_chi_is_the_golden_one(self):
        golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
        assert golden["positions"] == POSITIONS
        chi = chi_of()
        assert chi.shape == k_grid(20.0).shape
        np.testing.assert_allclose(chi[1:], golden["chi"][1:], rtol=0, atol=1e-5)

    def test_chi_does_not_depend_on_the_folder_and_nothing_is_left_there(
        self, tmp_path
    ):
        long = tmp_path / ("long name with spaces " * 6)
        long.mkdir()
        np.testing.assert_array_equal(chi_of(scratch=long), chi_of(scratch=tmp_path))
        assert list(long.iterdir()) == []
        assert list(tmp_path.iterdir()) == [long]

    def test_chi_ends_where_it_was_asked_to(self):
        short = chi_of(recipe=ScatteringRecipe(r_max=4.0, k_max=12.0))
        np.testing.assert_array_equal(short, chi_of()[: k_grid(12.0).size])

    def test_single_paths_add_up_to_chi_of_two_legs(self):
        """chi = sum of F exp(-2R/lambda) sin(2kR + phase) / (k R^2), as FEFF sums."""
        paths = feff.single_scattering_paths(tetrahedron(), edge="K", recipe=RECIPE)
        assert [path.element for path in paths] == ["Cl"] * 4
        lengths = [path.length for path in paths]
        np.testing.assert_allclose(lengths, sorted(tetrahedron().lengths), atol=1e-4)
        k = k_grid(20.0)
        total = np.zeros_like(k)
        for path in paths:
            own, amplitude, phase, free, *_ = path.table
            damping = np.exp(-2 * path.length / free[1:])
            amplitude = amplitude[1:] * damping / (own[1:] * path.length**2)
            phase = np.interp(k, own, np.unwrap(phase))
            total += np.interp(k, own[1:], amplitude) * np.sin(
                2 * k * path.length + phase
            )
        every = ScatteringRecipe(r_max=4.0, legs=2, curved_wave=0.0, plane_wave=0.0)
        difference = (total - chi_of(recipe=every))[k >= 0.5]
        assert np.max(np.abs(difference)) < 1e-3

    def test_chi_does_not_see_a_rotation_of_the_cluster(self):
        turned = np.array(POSITIONS)[:, [2, 0, 1]]
        difference = chi_of(tetrahedron(turned)) - chi_of()
        assert np.max(np.abs(difference[1:])) < 2e-5

    @pytest.mark.parametrize("criteria", ["0 0", "4.0 2.5"])
    def test_chi_agrees_with_an_independent_run_of_eight_atoms(self, criteria):
        path = ROOT.parent / "shared" / "scattering" / "chi.json"
        if not path.is_file():
            pytest.skip("needs ../shared/scattering/chi.json, which is not there")
        runs = json.loads(path.read_text(encoding="utf-8"))["runs"]
        run = next(run for run in runs if f"CRITERIA {criteria}\n" in run["feff_inp"])
        curved_wave, plane_wave = map(float, criteria.split())
        recipe = ScatteringRecipe(curved_wave=curved_wave, plane_wave=plane_wave)
        chi = chi_of(cluster_in(run["feff_inp"]), recipe)
        np.testing.assert_allclose(chi[1:], run["chi"][1:], rtol=0, atol=1e-5)


def cluster_in(text):
    """Return the cluster of a feff.inp with the potentials Ni, Ni, Cl, Zn."""
    lines = text.splitlines()
    rows = [line.split() for line in lines[lines.index("ATOMS") + 2 : -1]]
    elements = tuple(["Ni", "Ni", "Cl", "Zn"][int(row[3])] for row in rows)
    positions = np.array([[float(word) for word in row[:3]] for row in rows])
    return Cluster("Ni", elements, np.zeros(len(rows), int), positions)


@pytest.mark.parametrize(
    ("positions", "reason"),
    [
        ([], "no neighbours"),
        ([[0.0, 0.0, 2.3], [0.0, 0.0, 2.3]], "atoms coincide"),
        ([[0.0, 0.0, 0.1]], "atoms coincide"),
        ([[0.0, 0.0, np.nan]], "positions not finite"),
        ([[0.0, 0.0, 2.0 + i] for i in range(1000)], "too many atoms"),
    ],
)
def test_geometry_that_feff_would_spoil_is_refused(positions, reason):
    with pytest.raises(ScatteringError) as caught:
        chi_of(tetrahedron(positions))
    assert caught.value.reason == reason


def test_more_elements_than_feff_takes_are_refused():
    elements = ("H", "He", "Li", "Be", "B", "C", "N", "O", "F", "Ne", "Na", "Mg")
    positions = np.array([[0.0, 0.0, 2.0 + i] for i in range(12)])
    with pytest.raises(ScatteringError) as caught:
        chi_of(Cluster("Ni", elements, np.zeros(12, int), positions))
    assert caught.value.reason == "too many potentials"


def test_the_input_names_every_potential_and_atom():
    positions = np.array([[0.0, 0.0, 2.3], [0.0, 3.5, 0.0]])
    cluster = Cluster("Ni", ("Zn", "Cl"), np.zeros(2, int), positions)
    recipe = ScatteringRecipe(curved_wave=4.0, plane_wave=2.5)
    lines = feff.input_text(cluster, edge="L3", recipe=recipe).splitlines()
    potentials = lines[lines.index("POTENTIALS") + 1 : lines.index("ATOMS")]
    assert [line.split() for line in potentials] == [
        ["0", "28", "Ni"],
        ["1", "17", "Cl"],
        ["2", "30", "Zn"],
    ]
    atoms = lines[lines.index("ATOMS") + 1 : lines.index("END")]
    assert [line.split()[-1] for line in atoms] == ["0", "2", "1"]
    assert "EDGE L3" in lines
    assert "RPATH 6" in lines
    assert "NLEG 4" in lines
    assert "CRITERIA 4 2.5" in lines


@pytest.fixture
def stand_ins(tmp_path, monkeypatch):
    """Return a function that puts shell scripts in the place of the executables.

    Without a script of its own an executable does what is expected of it; the last
    one gives the chi.dat that is passed.
    """
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setattr(executables, "executables", lambda: folder)

    def install(*, chi="", **scripts):
        (tmp_path / "chi.dat").write_text(chi)
        for name, (proof, product) in executables.MODULES.items():
            good = f"echo '{proof}'; cp '{tmp_path}/chi.dat' {product}"
            path = folder / f"feff8l_{name}"
            path.write_text("#!/bin/sh\n" + scripts.get(name, good) + "\n")
            path.chmod(0o755)

    return install


def table(k, chi):
    return "\n".join(f"{x:.3f} {y:.6e}" for x, y in zip(k, chi, strict=True))


@posix
@pytest.mark.parametrize(
    ("module", "script"),
    [
        ("rdinp", "exit 0"),
        ("rdinp", ": > geom.json"),
        ("pot", "cp ../*/feff.inp pot.pad; echo 'no proof'"),
        ("xsph", "echo 'Done with module 2'"),
        ("genfmt", "kill -SEGV $$"),
    ],
)
def test_success_is_proof_and_product_not_the_exit_code(stand_ins, module, script):
    stand_ins(chi="1 2", **{module: script})
    with pytest.raises(
        ScatteringError, match=f"FEFF {module} did not finish"
    ) as caught:
        chi_of()
    assert caught.value.reason == f"{module} did not finish"


@posix
def test_the_output_may_have_any_bytes(stand_ins):
    stand_ins(chi="1 2", pot=r"seq 1 5000; printf 'bad \351nergy'")
    with pytest.raises(ScatteringError, match="FEFF pot did not finish"):
        chi_of()


@posix
def test_a_run_that_takes_too_long_is_ended_with_its_children(stand_ins, tmp_path):
    note = f"echo $$ $! > '{tmp_path}/1.pids'"
    stand_ins(chi="1 2", xsph=f"sleep {process_work.LONG} & {note}; wait")
    with pytest.raises(ScatteringError, match=r"did not finish within 1 s") as caught:
        chi_of(recipe=ScatteringRecipe(r_max=4.0, timeout=1.0))
    assert caught.value.reason == "xsph timed out"
    processes = process_work.noted_processes(tmp_path, files=1)
    assert process_work.ended(processes) == []


@posix
def test_a_run_that_somebody_killed_is_no_fault_of_the_cluster(stand_ins):
    stand_ins(chi="1 2", pot="kill -KILL $$")
    with pytest.raises(JobError, match=r"FEFF pot was killed \(SIGKILL\)"):
        chi_of()


@posix
def test_a_folder_that_is_removed_is_no_fault_of_the_cluster(stand_ins):
    stand_ins(chi="1 2", pot='rm -rf "$PWD"')
    with pytest.raises(StorageError, match=r"removed while FEFF was running there"):
        chi_of()


@posix
@pytest.mark.parametrize("calls_with_space", [0, 1])
def test_a_full_disk_is_no_fault_of_the_cluster(
    stand_ins, monkeypatch, tmp_path, calls_with_space
):
    """FEFF cuts its files on a full disk and goes on with what is left of them."""
    usage = shutil.disk_usage(tmp_path)
    left = iter([10**10] * calls_with_space + [1000] * 9)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=next(left)))
    k = k_grid(20.0)
    stand_ins(chi=table(k, np.sin(k)))
    with pytest.raises(StorageError, match=r"less than 50 MB free"):
        chi_of(scratch=tmp_path)


@posix
@pytest.mark.parametrize(
    ("k", "chi", "reason"),
    [
        (k_grid(20.0), 9.0 * np.sin(k_grid(20.0)), "spectrum diverged"),
        (k_grid(20.0), np.full(401, np.nan), "chi.dat unreadable"),
        (k_grid(10.0), np.zeros(201), "spectrum too short"),
        (k_grid(20.0)[:3], np.zeros(3), "chi.dat unreadable"),
    ],
)
def test_a_spectrum_that_cannot_be_true_is_refused(stand_ins, k, chi, reason):
    stand_ins(chi="# comment\n" + table(k, chi))
    with pytest.raises(ScatteringError) as caught:
        chi_of()
    assert caught.value.reason == reason


@posix
def test_a_chi_file_of_words_is_refused(stand_ins):
    stand_ins(chi="no numbers here")
    with pytest.raises(ScatteringError, match=r"chi.dat cannot be read"):
        chi_of()


@posix
def test_rows_are_taken_by_their_k_where_the_first_is_missing(stand_ins):
    k = k_grid(20.0)[1:]
    stand_ins(chi=table(k, np.sin(k)))
    np.testing.assert_allclose(chi_of()[1:], np.sin(k), atol=1e-5)


def test_a_platform_without_executables_is_named(monkeypatch):
    monkeypatch.setattr(executables.platform, "system", lambda: "Plan9")
    executables.executables.cache_clear()
    with pytest.raises(ScatteringError, match="No FEFF8L executables for Plan9"):
        executables.executables()
    executables.executables.cache_clear()
