"""Shells from structures and from peaks: those that were put in come out."""

import numpy as np
import pytest
from ase.build import bulk

from onne_core.errors import FormatError
from onne_core.pipeline.sets.ranges_from_structure import shells_of, take_shells
from onne_core.values.peaks import peak_of_shell, peaks_of
from onne_core.values.spectrum import Spectrum, k_grid
from onne_core.values.structure import Cluster, Range


def last(stage):
    """Run a stage to its end."""
    while True:
        try:
            next(stage)
        except StopIteration as end:
            return end.value


def test_the_shells_of_rock_salt(tmp_path):
    path = tmp_path / "NiO.cif"
    bulk("NiO", "rocksalt", a=4.18).write(path)
    taken = last(take_shells(str(path), "Ni"))
    centres = [(s.element, s.distance.centre) for s in taken.shells[:4]]
    expected = [("O", 1.0), ("Ni", np.sqrt(2)), ("O", np.sqrt(3)), ("Ni", 2.0)]
    for (element, centre), (wanted, ratio) in zip(centres, expected, strict=True):
        assert element == wanted
        assert centre == pytest.approx(2.09 * ratio, abs=0.01)
    first = taken.shells[0]
    assert first.coordination.lower < 6.0 < first.coordination.upper
    assert first.distance == Range(2.06, 2.12)


def test_another_absorber_is_refused(tmp_path):
    path = tmp_path / "NiO.cif"
    bulk("NiO", "rocksalt", a=4.18).write(path)
    with pytest.raises(FormatError, match=r"NiO\.cif"):
        last(take_shells(str(path), "Cu"))


def test_a_distribution_is_parted_at_its_minimum():
    rng = np.random.default_rng(4)
    environments = []
    for _ in range(200):
        lengths = np.sort(
            np.concatenate([rng.normal(2.3, 0.1, 4), rng.normal(3.4, 0.2, 6)])
        )
        positions = np.column_stack([lengths, np.zeros(10), np.zeros(10)])
        cluster = Cluster("Ni", ("Cl",) * 10, np.full(10, -1), positions)
        environments.append(cluster)
    near, far = shells_of(tuple(environments))
    assert near.distance.centre == pytest.approx(2.3, abs=0.01)
    assert far.distance.centre == pytest.approx(3.4, abs=0.01)
    assert near.deviation.lower < 0.1 < near.deviation.upper
    assert far.coordination.lower < 6.0 < far.coordination.upper


def test_the_melt_of_the_shared_data(shared_data):
    path = shared_data / "md" / "ni_kcl_zncl2_comp1.xyz"
    taken = last(take_shells(str(path), "Ni"))
    assert [shell.element for shell in taken.shells[:2]] == ["Cl", "Zn"]
    assert taken.shells[0].distance.lower < 2.36 < taken.shells[0].distance.upper


def single(distance: float, k: np.ndarray, shift: float = 0.0) -> np.ndarray:
    safe = np.clip(k, 0.3, None)
    phase = 2.0 * safe * (distance - shift)
    return np.exp(-2.0 * 0.005 * k**2) / (safe * distance**2) * np.sin(phase)


def test_peaks_are_found_where_the_shells_are():
    k = k_grid(16.0)
    chi = single(2.1, k, 0.3) + 2.0 * single(3.4, k, 0.3)
    peaks = peaks_of(Spectrum(k, chi), k_min=3.0, k_max=14.0, power=2)
    assert [peak.r for peak in peaks] == pytest.approx([1.8, 3.1], abs=0.04)
    assert max(peak.height for peak in peaks) == 1.0
    found = peak_of_shell(k, single(2.1, k, 0.3), k_min=3.0, k_max=14.0, power=2)
    assert 2.1 - found == pytest.approx(0.3, abs=0.03)


def test_a_spectrum_of_nothing_has_no_peaks():
    k = k_grid(12.0)
    assert peaks_of(Spectrum(k, 0.0 * k), k_min=3.0, k_max=10.0, power=2) == ()
