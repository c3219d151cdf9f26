"""The bundled ensemble on the bundled example and on measured spectra."""

from pathlib import Path

import pytest

from onne_core.locations import examples_folder
from onne_core.pipeline.analysis.analysis import load_ensemble, measured_spectrum
from onne_core.values.prediction import Prediction

LATTICE = 3.524
"""Lattice constant of Ni at room temperature, Å."""

DISTANCES = [LATTICE * (n / 2.0) ** 0.5 for n in (1, 2, 3, 4)]


def predicted(path: Path, s02: tuple[float, float] | None = None) -> Prediction:
    ensemble = load_ensemble("ni-foil")
    spectrum = measured_spectrum(path)
    return ensemble.predict(spectrum, ensemble.settings_for(spectrum, s02=s02))


def test_the_bundled_example_is_inside_and_right() -> None:
    prediction = predicted(examples_folder() / "ni_foil_300K.chi", (0.85, 0.04))
    assert prediction.verdict.name == "inside"
    assert prediction.settings.e0_shift == pytest.approx(6.0, abs=1.5)
    true = [2.4953, 3.5265, 4.3168, 4.9855]
    for shell, distance in zip(prediction.shells, true, strict=True):
        assert shell.distance.value == pytest.approx(distance, abs=0.015)
    numbers = [shell.coordination_number for shell in prediction.shells]
    for number, true_number in zip(numbers, (12, 6, 24, 12), strict=True):
        assert not number.fixed
        assert abs(number.value - true_number) < 2.0 * number.std
    assert numbers[0].value == pytest.approx(12.0, rel=0.1)


def test_without_a_standard_s02_is_assumed_and_widens_the_numbers() -> None:
    path = examples_folder() / "ni_foil_300K.chi"
    assumed, known = predicted(path), predicted(path, (0.85, 0.02))
    assert assumed.settings.s02_source.startswith("assumed")
    first, second = (each.shells[0].coordination_number for each in (assumed, known))
    # The theory's own error of amplitude is nearly as large.
    assert first.std > 1.02 * second.std


def test_a_measured_foil_has_the_distances_of_the_lattice(shared_data: Path) -> None:
    path = shared_data / "measured" / "Ni_metal_rt_01.xdi"
    prediction = predicted(path, (0.80, 0.04))
    assert prediction.verdict.name == "inside"
    for shell, distance in zip(prediction.shells, DISTANCES, strict=True):
        assert shell.distance.value == pytest.approx(distance, abs=0.02)
        assert abs(shell.distance.value - distance) < 2.0 * shell.distance.std
    assert 0.0055 < prediction.shells[0].sigma2.value < 0.0075
    assert prediction.shells[0].coordination_number.value == pytest.approx(12, rel=0.1)


@pytest.mark.parametrize("name", ["NiOH2_rt_01", "cu_metal_10K", "cu_metal_rt"])
def test_another_material_is_outside(shared_data: Path, name: str) -> None:
    prediction = predicted(shared_data / "measured" / f"{name}.xdi")
    assert prediction.verdict.name == "outside"
