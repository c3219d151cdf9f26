"""The in-process engine against formulas, FEFF's amplitudes and FEFF's spectra."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from onne_core.errors import DefinitionError, ScatteringError
from onne_core.jobs import run
from onne_core.pipeline.phases import engines
from onne_core.pipeline.sets import generation, macrostates
from onne_core.pipeline.sets.ownership import Place
from onne_core.scattering import engine, executables, feff
from onne_core.scattering.amplitudes import path_amplitudes
from onne_core.scattering.layout import SLOTS
from onne_core.scattering.paths import MOST_SCATTERERS, NONE
from onne_core.scattering.phase_run import (
    PhaseRun,
    overlaps,
    run_phases,
    worst_overlap,
)
from onne_core.scattering.phases import BOHR, read_phase_pad, unpacked
from onne_core.scattering.spot_check import deviation_after_shift
from onne_core.scattering.tables import prepare
from onne_core.training_set.training_set import read_manifest
from onne_core.values.radial import RadialGrid
from onne_core.values.recipe import Recipe, SamplingRecipe, ScatteringRecipe
from onne_core.values.spectrum import e0_shifted, k_grid
from onne_core.values.structure import Cluster, Range, Shell, System
from tests.core.scattering.feff_paths import rounded, worst_deviation

ROOT = Path(__file__).resolve().parents[3]
GOLDEN = ROOT / "tests" / "golden"
SHARED = ROOT.parent / "shared" / "scattering"

NEIGHBOURS = np.array(
    [
        [2.3, 0.0, 0.0],
        [-0.75, 2.15, 0.1],
        [-0.8, -1.1, 1.85],
        [-0.6, -1.05, -1.95],
        [4.55, 0.0, 0.0],
        [0.6, -2.75, -2.75],
        [0.6, 3.5, -1.2],
    ]
)
"""A linear Ni-Cl-Ni, more Cl, Ni and a Zn around Ni, Å."""

POTENTIALS = np.array([2, 2, 2, 2, 1, 1, 3])

RECIPE = Recipe(
    system=System(
        "Ni",
        "K",
        (Shell("Cl", Range(2.2, 2.4), Range(0.03, 0.08), Range(3.5, 4.5)),),
    ),
    sampling=SamplingRecipe(macrostates=4, microstates=2, seed=5),
    scattering=ScatteringRecipe(r_max=4.0),
    radial=RadialGrid(1.5, 4.0, 0.02),
)


def shared(name):
    path = SHARED / name
    if not path.is_file():
        pytest.skip(f"needs ../shared/scattering/{name}, which is not there")
    return json.loads(path.read_text(encoding="utf-8"))


def shared_phases(edge):
    prefix = "" if edge == "K" else f"{edge}_"
    lines = shared("phase_pad.json")[f"{prefix}phase_pad_lines"]
    return read_phase_pad("\n".join(lines))


@pytest.fixture(scope="module")
def golden():
    """Return the tables of a golden phase.pad: NiCl4, K edge."""
    text = (GOLDEN / "nicl4_phase.pad").read_text(encoding="latin-1")
    return prepare(read_phase_pad(text))


@pytest.fixture
def feff8l():
    """Skip where xraylarch ships no executables for this platform."""
    try:
        return executables.executables()
    except ScatteringError as error:
        pytest.skip(str(error))


def distance(chi, reference):
    """Return the relative deviation of k^2 chi from 3 to 14 Å^-1."""
    k = k_grid(20.0)
    inside = (k >= 3.0) & (k <= 14.0)
    weight = k[inside] ** 2
    difference = np.linalg.norm(weight * (chi - reference)[inside])
    return difference / np.linalg.norm(weight * reference[inside])


def tetrahedron():
    content = json.loads((GOLDEN / "nicl4_chi.json").read_text(encoding="utf-8"))
    positions = np.array(content["positions"])
    cluster = Cluster("Ni", ("Cl",) * 4, np.zeros(4, int), positions)
    return cluster, np.array(content["chi"])


def chi_of(cluster, tables, recipe=RECIPE.scattering):
    return engine.chi_of(cluster, elements=("Cl",), tables=tables, recipe=recipe)


class TestPhases:
    def test_packed_numbers(self):
        numbers = unpacked("Q@'i'gRhSFB@Mrj*", 8)
        expected = [0.028956935646946486, 3.6279136912302796]
        np.testing.assert_allclose(numbers, expected, rtol=1e-14)

    def test_the_golden_file_is_read_to_its_end(self):
        text = (GOLDEN / "nicl4_phase.pad").read_text(encoding="latin-1")
        phases = read_phase_pad(text)
        assert phases.hole == "K"
        assert len(phases.potentials) == 2
        k = np.sqrt(2.0 * np.abs(np.real(phases.em) - phases.edge)) / BOHR
        np.testing.assert_allclose(k[[1, 20, -1]], [0.1, 2.0, 20.0], rtol=1e-5)
        assert np.ptp(np.imag(phases.em)) == 0.0

    def test_matrix_elements_carry_the_phase_of_the_absorber(self):
        """R_1^2 + R_2^2 = -3 exp(2 i delta_1) for a K edge."""
        text = (GOLDEN / "nicl4_phase.pad").read_text(encoding="latin-1")
        phases = read_phase_pad(text)
        absorber = phases.potentials[0]
        total = (phases.rkk[:, :2] ** 2).sum(axis=1)
        expected = -3.0 * np.exp(2j * absorber.delta[:, absorber.l_max - 1])
        np.testing.assert_allclose(total, expected, rtol=0.03)

    @pytest.mark.parametrize("keep", [0, 1, 40])
    def test_a_file_that_ends_early_is_refused(self, keep):
        text = (GOLDEN / "nicl4_phase.pad").read_text(encoding="latin-1")
        with pytest.raises(ScatteringError, match=r"phase\.pad cannot be read"):
            read_phase_pad("\n".join(text.splitlines()[:keep]))

    def test_several_spins_are_refused(self):
        text = (GOLDEN / "nicl4_phase.pad").read_text(encoding="latin-1")
        with pytest.raises(ScatteringError, match="2 spins"):
            read_phase_pad(text.replace("    1", "    2", 1))

    def test_values_of_an_independent_reader(self):
        phases = shared_phases("K")
        check = shared("phase_pad.json")["check"]
        rows = [i for i in check["index"] if i < len(phases.em)]
        count = len(rows)

        def known(name):
            values = np.array(check[name][:count])
            return values[..., 0] + 1j * values[..., 1]

        np.testing.assert_allclose(phases.em[rows], known("em_hartree"), rtol=1e-13)
        np.testing.assert_allclose(phases.eref[rows], known("eref_hartree"), rtol=1e-13)
        l_max = phases.potentials[2].l_max
        delta = phases.potentials[2].delta[rows, l_max - 1 : l_max + 2]
        expected = known("delta_pot2_l_minus1_0_plus1")
        np.testing.assert_allclose(delta, expected, rtol=1e-12)
        expected = known("rkk_first_two")
        np.testing.assert_allclose(phases.rkk[rows, :2], expected, rtol=1e-12)


class TestAgainstFeff:
    @pytest.mark.parametrize("edge", ["K", "L3", "L2"])
    def test_amplitudes_of_single_paths(self, edge):
        """FEFF reads its phases in single precision; so do we here."""
        tables = prepare(rounded(shared_phases(edge)))
        content = shared("paths.json")[edge]
        rows = content["energy_index_zero_based"]
        for path in content["paths"]:
            amplitude = amplitude_of(path, tables)[rows]
            phase = np.array(path["phase_rad"])
            expected = np.array(path["amplitude"]) * np.exp(1j * phase)
            worst = np.abs(amplitude - expected).max() / np.abs(expected).max()
            assert worst < 1e-9, path["label"]

    @pytest.mark.parametrize(("run", "filters"), [(0, (0.0, 0.0)), (1, (4.0, 2.5))])
    def test_the_spectrum_of_a_cluster(self, run, filters):
        tables = prepare(shared_phases("K"))
        recipe = ScatteringRecipe(curved_wave=filters[0], plane_wave=filters[1])
        names = ("1", "2", "3")
        elements = tuple(names[i - 1] for i in POTENTIALS)
        cluster = Cluster("Ni", elements, np.zeros(7, int), NEIGHBOURS)
        chi = engine.chi_of(cluster, elements=names, tables=tables, recipe=recipe)
        expected = np.array(shared("chi.json")["runs"][run]["chi"])
        assert distance(chi, expected) < 1e-5

    def test_a_golden_spectrum_from_golden_phases(self, golden):
        cluster, expected = tetrahedron()
        assert distance(chi_of(cluster, golden), expected) < 1e-4

    @pytest.mark.feff
    @pytest.mark.usefixtures("feff8l")
    @pytest.mark.parametrize("edge", ["K", "L3"])
    def test_a_cluster_with_its_own_phases(self, edge, tmp_path):
        elements = ("Cl",) * 4 + ("Ni", "Ni", "Zn")
        cluster = Cluster("Ni", elements, np.zeros(7, int), NEIGHBOURS)
        made = run_phases(
            cluster, edge=edge, recipe=ScatteringRecipe(), scratch=tmp_path
        )
        assert made.elements == ("Cl", "Ni", "Zn")
        assert list(tmp_path.iterdir()) == []
        tables = prepare(read_phase_pad(made.text))
        chi = engine.chi_of(
            cluster, elements=made.elements, tables=tables, recipe=ScatteringRecipe()
        )
        expected = feff.chi_of(cluster, edge=edge, recipe=ScatteringRecipe())
        assert distance(chi, expected) < 1e-4

    @pytest.mark.feff
    @pytest.mark.usefixtures("feff8l")
    def test_every_path_of_a_cluster(self):
        elements = ("Cl",) * 4 + ("Ni", "Ni", "Zn")
        turn = Rotation.random(random_state=2).as_matrix()
        cluster = Cluster("Ni", elements, np.zeros(7, int), NEIGHBOURS @ turn)
        worst, paths = worst_deviation(cluster, ScatteringRecipe())
        assert paths >= 40
        assert worst < 1e-7


def amplitude_of(path, tables):
    """Return c(E) of a path of the test vectors; atoms that repeat are one."""
    scatterers = path["nleg"] - 1
    places = np.array(path["atoms_angstrom"])[:scatterers]
    atoms, index = np.unique(places, axis=0, return_inverse=True)
    chosen = np.full((1, MOST_SCATTERERS), NONE)
    chosen[0, :scatterers] = index.ravel() + 1
    potentials = np.zeros(len(atoms) + 1, np.int64)
    potentials[index.ravel() + 1] = path["ipot"][:scatterers]
    chosen[chosen > 0] *= np.where(
        np.any(atoms != 0.0, axis=1)[chosen[chosen > 0] - 1], 1, 0
    )
    return path_of(chosen, atoms, potentials[1:], tables)


def path_of(chosen, positions, potentials, tables):
    """Return c(E) of one path, energies upwards (positions in Å)."""
    atoms = engine.atoms_of(positions, potentials)
    amplitudes, _ = path_amplitudes(chosen, atoms, tables.k, tables.partial)
    found = amplitudes[0, :SLOTS] + 1j * amplitudes[0, SLOTS:]
    return found[: tables.k.size][::-1]


class TestSymmetry:
    def test_the_spectrum_does_not_see_rotations_and_mirrors(self, golden):
        cluster, _ = tetrahedron()
        expected = chi_of(cluster, golden)
        turn = Rotation.random(random_state=3).as_matrix()
        for matrix in (turn, turn @ np.diag([1.0, -1.0, 1.0])):
            turned = replace(cluster, positions=cluster.positions @ matrix.T)
            assert np.abs(chi_of(turned, golden) - expected).max() < 1e-12

    def test_the_spectrum_does_not_see_the_order_of_atoms(self, golden):
        cluster, _ = tetrahedron()
        expected = chi_of(cluster, golden)
        for order in ([3, 1, 0, 2], [1, 0, 3, 2]):
            other = replace(cluster, positions=cluster.positions[order])
            assert np.abs(chi_of(other, golden) - expected).max() < 1e-12


class TestOccupancies:
    def test_a_path_counts_as_often_as_its_atoms_are_there(self, golden):
        """One, the other and both atoms alone give the parts of the sum."""
        tetrahedral, _ = tetrahedron()
        recipe = ScatteringRecipe(r_max=8.0, plane_wave=0.0, curved_wave=0.0)

        def chi(rows, occupancies=None):
            some = replace(
                tetrahedral,
                elements=("Cl",) * len(rows),
                shells=np.zeros(len(rows), int),
                positions=tetrahedral.positions[rows],
                occupancies=occupancies,
            )
            return chi_of(some, golden, recipe)

        one, other, both = chi([0]), chi([1]), chi([0, 1])
        expected = 1.5 * one + 1.25 * other + 1.5 * 1.25 * (both - one - other)
        found = chi([0, 1], np.array([1.5, 1.25]))
        np.testing.assert_allclose(found, expected, atol=1e-12)
        assert distance(both, one + other) > 0.01  # there is multiple scattering
        np.testing.assert_allclose(chi([0, 1], np.ones(2)), both, atol=1e-15)

    def test_the_executables_refuse_them(self):
        cluster, _ = tetrahedron()
        shared_sites = replace(cluster, occupancies=np.full(4, 1.25))
        with pytest.raises(ScatteringError) as caught:
            feff.chi_of(shared_sites, edge="K", recipe=RECIPE.scattering)
        assert caught.value.reason.startswith("more neighbours than sites")


class TestRefusals:
    def test_atoms_on_one_another(self, golden):
        cluster, _ = tetrahedron()
        twice = replace(cluster, positions=cluster.positions[[0, 0, 1, 2]])
        with pytest.raises(ScatteringError, match=r"0\.000 Å apart"):
            chi_of(twice, golden)

    def test_no_neighbour_within_reach(self, golden):
        cluster, _ = tetrahedron()
        far = replace(cluster, positions=3.0 * cluster.positions)
        with pytest.raises(ScatteringError, match="No neighbour lies within r_max"):
            chi_of(far, golden)

    def test_an_expansion_that_diverges(self, golden, monkeypatch):
        cluster, _ = tetrahedron()
        monkeypatch.setattr(engine, "DIVERGENCE", 0.001)
        every = ScatteringRecipe(r_max=6.0, plane_wave=0.0)
        with pytest.raises(ScatteringError) as caught:
            chi_of(cluster, golden, every)
        assert caught.value.reason == "expansion diverged"

    def test_more_legs_than_the_engine_takes(self):
        with pytest.raises(DefinitionError, match=r"legs: 5; the engine onne"):
            ScatteringRecipe(legs=5)
        assert ScatteringRecipe(legs=5, engine="feff").legs == 5


class TestOverlap:
    def test_pairs_are_compared_with_their_shortest_distance(self):
        run = PhaseRun("", (1.2, 1.0, 1.5), ("Cl", "Zn"))
        positions = np.array([[2.0, 0.0, 0.0], [0.0, 3.0, 0.0], [0.0, 0.0, 2.5]])
        cluster = Cluster("Ni", ("Cl", "Zn", "Cl"), np.zeros(3, int), positions)
        found = overlaps(run, [cluster])
        assert found["Ni-Cl"] == pytest.approx(2.2 / 2.0)
        assert found["Ni-Zn"] == pytest.approx(2.7 / 3.0)
        assert found["Cl-Cl"] == pytest.approx(2.0 / np.hypot(2.0, 2.5))
        assert found["Cl-Zn"] == pytest.approx(2.5 / np.hypot(2.0, 3.0))
        assert worst_overlap(found) == ("Ni-Cl", found["Ni-Cl"])

    def test_too_much_of_it_is_refused_by_the_name_of_the_pair(self):
        with pytest.raises(ScatteringError, match=r"Ni-Zn: the muffin tins"):
            worst_overlap({"Ni-Cl": 1.2, "Ni-Zn": 1.7})


def test_a_deviation_is_that_after_the_best_shift():
    k = k_grid(20.0)
    chi = np.sin(2 * k * 2.3) * np.exp(-0.01 * k**2)
    deviation, shift = deviation_after_shift(k, chi, e0_shifted(k, chi, 2.0))
    assert shift == pytest.approx(2.0, abs=0.01)
    assert deviation < 1e-3
    deviation, _ = deviation_after_shift(k, 1.1 * chi, chi)
    assert deviation == pytest.approx(0.1, abs=1e-4)


@pytest.fixture(scope="module")
def sets(tmp_path_factory):
    """Return folders made by one and by two workers, several shards each."""
    try:
        executables.executables()
    except ScatteringError as error:
        pytest.skip(str(error))
    folders = [tmp_path_factory.mktemp("sets") / str(n) for n in (1, 2)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(generation, "SHARD_SECONDS", 0.05)
        for workers, folder in enumerate(folders, 1):
            run(generation.generate(RECIPE, folder, workers=workers))
    return folders


@pytest.mark.feff
class TestTrainingSets:
    def test_the_number_of_workers_changes_nothing(self, sets):
        names = [
            sorted(
                path.relative_to(folder).as_posix()
                for path in folder.rglob("*")
                if path.is_file()
            )
            for folder in sets
        ]
        assert names[0] == names[1]
        assert "phases/phase.pad" in names[0]
        assert sum(name.startswith("shard-") for name in names[0]) > 1
        for name in names[0]:
            one, two = ((folder / name).read_bytes() for folder in sets)
            assert one == two, name

    def test_the_manifest_reports_the_spot_check(self, sets):
        manifest = read_manifest(sets[0])
        check = manifest["spot_check"]
        assert check["count"] == macrostates.ALWAYS_CHECKED
        assert 0.0 < check["median"] <= check["largest"] < 0.2
        assert manifest["rejected"] == {}
        pair, overlap = manifest["description"]["phases"]["largest_overlap"]
        assert pair in ("Ni-Cl", "Cl-Cl")
        assert 1.0 < overlap < 1.5

    def test_phases_are_kept(self, sets, monkeypatch):
        def no_run(*_, **__):
            raise AssertionError("FEFF must not run again")

        monkeypatch.setattr(engines, "run_phases", no_run)
        stored = generation.phases_for(RECIPE, Place(sets[0], ""))
        assert stored.content == (sets[0] / "phases" / "phase.pad").read_bytes()

    def test_damaged_phases_are_made_again(self, sets, tmp_path):
        whole = (sets[0] / "phases" / "phase.pad").read_bytes()
        shutil.copytree(sets[0] / "phases", tmp_path / "phases")
        (tmp_path / "phases" / "phase.pad").write_bytes(whole.replace(b"!", b"$", 1))
        stored = generation.phases_for(RECIPE, Place(tmp_path, ""))
        assert stored.content == whole
        assert (tmp_path / "phases" / "phase.pad").read_bytes() == whole
        assert [path.name for path in tmp_path.iterdir()] == ["phases"]

    def test_the_first_run_that_has_its_phases_wins(self, sets, tmp_path, monkeypatch):
        """FEFF's last digits differ between machines that share a folder."""
        kept = (sets[0] / "phases" / "phase.pad").read_bytes()
        run_of_feff = engines.run_phases

        def overtaken(*arguments, **options):
            late = run_of_feff(*arguments, **options)
            shutil.copytree(sets[0] / "phases", tmp_path / "phases")
            return replace(late, text=late.text + "other digits")

        monkeypatch.setattr(engines, "run_phases", overtaken)
        stored = generation.phases_for(RECIPE, Place(tmp_path, ""))
        assert stored.content == kept
        assert (tmp_path / "phases" / "phase.pad").read_bytes() == kept
