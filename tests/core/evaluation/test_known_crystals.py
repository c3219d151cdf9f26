"""Answers beside the lattices of known crystals, and errors of back-calculation."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from ase.build import bulk
from ase.io import write
from ase.neighborlist import neighbor_list

from evaluation import places
from evaluation.against_lattice import (
    WITHOUT,
    compared,
    e0_of_lattice,
    lowest,
    shell_rows,
)
from evaluation.answers import answers_to, best_of, validations_of
from evaluation.crystals import KnownShell, crystal_of, known_shells
from evaluation.measured import main
from evaluation.methods import FIT, JOINT, NETWORKS, Found, predictions_by_method
from evaluation.places import MissingError, spectrum_of
from evaluation.scores import joint_claims
from evaluation.sections.back_calculation import errors_part, groups_of, relative
from onne_core.crystals.lattice_dynamics import (
    covariance_in_metal,
    displaced,
    relative_displacements,
)
from onne_core.ensemble.card import Card
from onne_core.errors import DefinitionError, OnneError
from onne_core.jobs import run
from onne_core.pipeline.analysis.analysis import load_ensemble
from onne_core.pipeline.ensembles.validation import QuantityErrors, rows_of, summary
from onne_core.posterior.predict import Ensemble
from onne_core.values.prediction import Estimate, MeasurementSettings
from onne_core.values.spectrum import Spectrum
from tests.core import tiny_ensemble

TRAINING = replace(tiny_ensemble.TRAINING, joint_spectra=40)
TRUE = np.array([[6.0, 2.03, 0.07], [6.5, 2.97, 0.08], [9.0, 3.53, 0.075]])


@pytest.fixture(scope="module")
def nickel() -> Card:
    return load_ensemble("ni-foil").card


@pytest.fixture(scope="module")
def joint(tmp_path_factory) -> Ensemble:
    folder = tmp_path_factory.mktemp("joint") / "tiny"
    made = tiny_ensemble.training_set(120)
    tiny_ensemble.write_untrained(folder, made, TRAINING)
    return load_ensemble(folder)


def test_a_crystal_is_written_with_elements_and_temperature() -> None:
    found = crystal_of("rocksalt:4.177:NiO@77")
    assert (found.lattice, found.constant) == ("rocksalt", 4.177)
    assert found.elements == ["Ni", "O"]
    assert found.temperature == 77.0
    assert found.structure == "rocksalt:4.177"
    assert crystal_of("fcc:3.524").temperature == 295.0
    with pytest.raises(DefinitionError, match="neither a structure file nor"):
        crystal_of("fcc")


def test_shells_of_a_metal_are_those_of_its_lattice(nickel: Card) -> None:
    shells = known_shells(crystal_of("fcc:3.524"), nickel)
    for n, (shell, number) in enumerate(zip(shells, (12, 6, 24, 12), strict=True), 1):
        assert shell is not None
        assert shell.number == number
        assert shell.static == pytest.approx(3.524 * np.sqrt(n / 2))
    first, *others = shells
    assert all(first.sigma2 < shell.sigma2 for shell in others)
    cold, *_ = known_shells(crystal_of("fcc:3.524@10"), nickel)
    assert cold.sigma2 < 0.5 * first.sigma2


def test_vibrations_lengthen_the_mean_distance(nickel: Card) -> None:
    shells = known_shells(crystal_of("fcc:3.524"), nickel)
    i, vectors = neighbor_list("iD", bulk("Ni", "fcc", a=3.524), 5.1)
    positions = vectors[i == 0]
    covariance = covariance_in_metal(positions, "Ni", 295.0)
    rng = np.random.default_rng(1)
    samples = displaced(positions, covariance, skewness=0.0, rng=rng)
    sampled = np.linalg.norm(samples, axis=2).mean(axis=0)
    at_rest = np.linalg.norm(positions, axis=1)
    sigma2 = relative_displacements(positions, covariance)
    for shell in shells:
        mine = np.abs(at_rest - shell.static) < 0.01
        assert shell.offset > 1e-3
        # To second order in the displacements.
        assert shell.distance == pytest.approx(sampled[mine].mean(), abs=3e-4)
        assert shell.sigma2 == pytest.approx(sigma2[mine].mean(), rel=0.01)


def test_a_compound_has_the_elements_of_the_ensemble(tiny: Ensemble) -> None:
    oxygen, nickel, farther = known_shells(crystal_of("rocksalt:4.177"), tiny.card)
    assert oxygen is not None
    assert nickel is not None
    assert (oxygen.number, nickel.number) == (6, 12)
    assert oxygen.distance == pytest.approx(4.177 / 2)
    assert nickel.distance == pytest.approx(4.177 / np.sqrt(2))
    assert np.isnan(oxygen.offset)
    assert farther is None
    with pytest.raises(DefinitionError, match="contains no Ni"):
        known_shells(crystal_of("rocksalt:4.2:MgO"), tiny.card)


def test_a_structure_file_is_a_crystal(tiny: Ensemble, tmp_path: Path) -> None:
    path = tmp_path / "nio.cif"
    write(path, bulk("NiO", "rocksalt", a=4.177, cubic=True))
    oxygen, *_ = known_shells(crystal_of(f"{path}@300"), tiny.card)
    assert oxygen is not None
    assert oxygen.number == 6
    assert oxygen.distance == pytest.approx(4.177 / 2, abs=1e-4)


def test_the_lowest_point_is_that_of_a_parabola() -> None:
    x = np.arange(-3.0, 3.01, 0.5)
    assert lowest(x, 2.0 + (x - 0.7) ** 2) == pytest.approx(0.7)
    assert np.isnan(lowest(x, x))


def test_deviations_are_in_the_units_of_the_table() -> None:
    known = {"Ni-Ni 1": KnownShell(12.0, 2.49, 0.005, 6e-3)}
    values = {
        "coordination_number": Estimate(11.4, 0.6),
        "distance": Estimate(2.505, 0.004),
        "sigma2": Estimate(6.6e-3, 3e-4),
    }
    nothing = Estimate(float("nan"), float("nan"))
    found = Found({"Ni-Ni 1": values}, nothing, nothing, 0.01)
    (row,) = shell_rows(known, {"joint": found})
    assert row[2:] == (
        *("2.4950", "+10.0 ± 4.0", "NO", "-5.0 ± 5.0"),
        *("6.60 ± 0.30", "+10.0 ± 5.0"),
    )


def test_e0_of_the_lattice_is_found_and_all_methods_are_compared(
    joint: Ensemble,
) -> None:
    exact = tiny_ensemble.spectrum_of(TRUE)
    spectrum = Spectrum(exact.k, exact.chi, e0=tiny_ensemble.EDGE_ENERGY)
    settings = replace(
        MeasurementSettings(s02=1.0, s02_std=0.03, theory=0.0),
        e0_source="joint fit of all shells",
    )
    predictions = predictions_by_method(joint, spectrum, settings)
    assert list(predictions) == [JOINT, NETWORKS]
    known = {
        head.label: KnownShell(*true[:2], 0.0, true[2] ** 2)
        for head, true in zip(joint.card.heads, TRUE, strict=True)
    }
    found = e0_of_lattice(joint, spectrum, predictions[JOINT], known)
    assert found == pytest.approx(0.0, abs=1.0)
    part = compared("x", joint, spectrum, settings, "rocksalt:4.177", WITHOUT)
    e0, shells = part.tables
    assert [row[0] for row in e0.rows][:2] == [JOINT, NETWORKS]
    assert {row[0] for row in shells.rows} == {"Ni-O", "Ni-Ni 1"}
    assert "No force constants" in shells.note
    wanted = [claim.wanted for claim in part.claims]
    assert wanted[0] == "R of shells 1, 2 within 10 mÅ of the lattice"
    assert not part.claims[0].met


def test_rows_come_in_threes() -> None:
    with pytest.raises(OnneError, match="ENSEMBLE SPECTRUM CRYSTAL"):
        main("ni-foil", "Ni.xdi")


def test_joint_must_be_better_in_two_thirds(tiny: Ensemble) -> None:
    rows = run(rows_of(tiny, tiny_ensemble.training_set(4, seed=21)))
    networks = summary(tiny, "", rows)

    def scaled(errors: QuantityErrors, factor: float) -> QuantityErrors:
        return replace(errors, rms=factor * errors.rms)

    def with_errors(factor: float, first: float) -> object:
        shells = [
            replace(
                shell,
                coordination_number=scaled(shell.coordination_number, factor),
                distance=scaled(shell.distance, first if i == 0 else factor),
                sigma2=scaled(shell.sigma2, factor),
            )
            for i, shell in enumerate(networks.shells)
        ]
        return replace(networks, shells=tuple(shells))

    assert joint_claims(with_errors(0.9, 0.9), networks)[0].met
    assert not joint_claims(with_errors(0.9, 1.2), networks)[0].met
    assert not joint_claims(with_errors(1.01, 1.01), networks)[0].met


def test_back_calculation_errors_are_grouped_by_sigma2(tiny: Ensemble) -> None:
    groups = groups_of(np.array([1e-3, 4e-3, 5e-3, 3e-2]))
    assert {name: int(group.sum()) for name, group in groups.items()} == {
        "0 to 3": 1,
        "3 to 6": 2,
        "15 and more": 1,
        "all": 4,
    }
    assert relative(np.full((2, 3), 0.04), np.full((2, 3), 4.0)) == pytest.approx(0.1)
    assert np.isnan(relative(np.zeros((2, 0)), np.zeros((2, 0))))
    made = tiny_ensemble.training_set(12)
    part = errors_part(tiny, made, np.arange(12))
    (table,) = part.tables
    assert table.head[2:] == ("Ni-O", "Ni-Ni 1", "Ni-Ni 2", "whole filter")
    # The spectra of the tiny set are sums of single scattering alone.
    assert 0.0 < part.numbers["all"]["whole filter"] < 0.2


def test_joint_networks_and_fit_answer_the_same_pairs(joint: Ensemble) -> None:
    pairs = tiny_ensemble.training_set(3, seed=21)
    answers = answers_to(joint, pairs)
    assert list(answers) == [JOINT, NETWORKS]
    assert best_of(answers) is answers[JOINT]
    found = validations_of(joint, "some", answers)
    assert list(found) == [JOINT, NETWORKS, FIT]
    assert [found[name].answer for name in (JOINT, NETWORKS)] == ["joint", "networks"]
    # The spectra are single scattering, which is what the fit can describe.
    distances = [found[name].shells[0].distance.rms for name in (JOINT, NETWORKS, FIT)]
    assert distances[0] < distances[1]
    assert distances[2] < 0.02
    assert found[FIT].l1 == {}


def test_one_of_several_spectra_is_named_by_its_number(monkeypatch) -> None:
    k = 0.05 * np.arange(281)
    several = [Spectrum(k, factor * np.sin(5.0 * k)) for factor in (0.1, 0.2)]
    read = SimpleNamespace(measured=several)
    monkeypatch.setattr(places, "read_all", lambda path: {"some.prj": read}[path.name])
    assert spectrum_of("some.prj#2") is several[1]
    for wrong in ("some.prj#3", "some.prj#0", "some.prj#x"):
        with pytest.raises(MissingError, match="contains 2 spectra"):
            spectrum_of(wrong)
