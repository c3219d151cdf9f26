"""The bundled ensemble on the bundled example and on measured spectra."""

from pathlib import Path

import pytest

from onne_core import pipeline
from onne_core.locations import examples_folder
from onne_core.prediction import Prediction

LATTICE = 3.524
"""Lattice constant of Ni at room temperature, Å."""

DISTANCES = [LATTICE * (n / 2.0) ** 0.5 for n in (1, 2, 3, 4)]


def predicted(path: Path) -> Prediction:
    ensemble = pipeline.load_ensemble("ni-foil")
    spectrum = pipeline.measured_spectrum(path)
    settings = pipeline.settings_for(spectrum, ensemble)
    return pipeline.predict(spectrum, ensemble, settings)


def test_the_bundled_example_is_inside_and_right() -> None:
    prediction = predicted(examples_folder() / "ni_foil_300K.chi")
    assert prediction.verdict.name == "inside"
    assert prediction.settings.e0_shift == pytest.approx(6.0, abs=1.5)
    assert prediction.settings.s02 == pytest.approx(0.85, abs=0.08)
    true = [2.4953, 3.5265, 4.3168, 4.9855]
    for shell, distance in zip(prediction.shells, true, strict=True):
        assert shell.distance.value == pytest.approx(distance, abs=0.015)
        assert shell.coordination_number.fixed


def test_a_measured_foil_has_the_distances_of_the_lattice(shared_data: Path) -> None:
    prediction = predicted(shared_data / "measured" / "Ni_metal_rt_01.xdi")
    assert prediction.verdict.name == "inside"
    for shell, distance in zip(prediction.shells, DISTANCES, strict=True):
        assert shell.distance.value == pytest.approx(distance, abs=0.02)
        assert abs(shell.distance.value - distance) < 2.0 * shell.distance.std
    assert 0.0055 < prediction.shells[0].sigma2.value < 0.0075


@pytest.mark.parametrize("name", ["NiOH2_rt_01", "cu_metal_10K", "cu_metal_rt"])
def test_another_material_is_outside(shared_data: Path, name: str) -> None:
    prediction = predicted(shared_data / "measured" / f"{name}.xdi")
    assert prediction.verdict.name == "outside"
