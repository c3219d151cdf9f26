"""Self-absorption: made with the formula, corrected to what a thin sample gives."""

from dataclasses import asdict, replace

import numpy as np
import pytest
import xraydb
from larch import Group
from larch.xafs import fluo_corr

from onne_core.errors import DefinitionError, FormatError
from onne_core.pipeline.analysis.analysis import Reading, measured_spectra
from onne_core.reduction.self_absorption import absorbed_share, edge_in
from onne_core.reduction.steps import (
    carried_out,
    edge_of,
    self_absorption_corrected,
    started,
)
from onne_core.values.spectrum import (
    HBAR2_OVER_2M,
    Absorption,
    ReductionSettings,
)
from onne_core.values.treatment import (
    SELF_ABSORPTION_WARNING,
    SelfAbsorption,
    operation_from_json,
)
from tests.core.formats.scans import E0, ENERGY, I0, TRUE_CHI, TRUE_K, rows, write

SAMPLE = SelfAbsorption("NiO", 45.0, 45.0, E0)
"""Pure NiO is thick in a few micrometres."""


def thin() -> np.ndarray:
    """Return the absorption by the edge of Ni, 1 above it without neighbours."""
    k = np.sqrt(np.clip(ENERGY - E0, 0.0, None) / HBAR2_OVER_2M)
    chi = np.interp(k, TRUE_K, TRUE_CHI) * (1.0 - np.exp(-((k / 2.0) ** 4)))
    return (0.5 + np.arctan((ENERGY - E0) / 1.5) / np.pi) * (1.0 + chi)


def fluorescence(sample: SelfAbsorption = SAMPLE) -> np.ndarray:
    """Return the fluorescence of a thick ``sample``, by the formula itself."""
    ka = xraydb.xray_lines("Ni", "K")["Ka1"].energy
    above = np.maximum(ENERGY, 8343.0)
    jump = xraydb.xray_edge("Ni", "K").jump_ratio
    mass = {"Ni": 58.693, "O": 15.999}
    share = {name: one / sum(mass.values()) for name, one in mass.items()}
    own = share["Ni"] * xraydb.mu_elam("Ni", above) * (1.0 - 1.0 / jump)
    rest = share["Ni"] * xraydb.mu_elam("Ni", above) - own
    rest = rest + share["O"] * xraydb.mu_elam("O", above)
    out = sum(part * xraydb.mu_elam(name, ka) for name, part in share.items())
    geometry = np.sin(np.deg2rad(sample.angle_in)) / np.sin(
        np.deg2rad(sample.angle_out)
    )
    mu = own * thin()
    return mu / (mu + rest + geometry * out)


def error(chi: np.ndarray, k: np.ndarray, true: np.ndarray) -> float:
    part = (k > 3.0) & (k < 12.0)
    weight = k[part] ** 2
    return float(
        np.std(weight * (chi[part] - true[part])) / np.std(weight * true[part])
    )


@pytest.mark.parametrize("angles", [(45.0, 45.0), (20.0, 70.0), (80.0, 10.0)])
def test_a_thick_sample_gives_the_chi_of_a_thin_one(angles):
    sample = replace(SAMPLE, angle_in=angles[0], angle_out=angles[1])
    settings = ReductionSettings(e0=E0)
    true = started(Absorption(ENERGY.copy(), thin()), settings)[0].spectrum
    scan = Absorption(ENERGY.copy(), fluorescence(sample))
    removal, reduction = started(scan, settings)
    own = self_absorption_corrected(reduction, "NiO", *angles)
    found = carried_out(own).spectrum
    raw = removal.spectrum
    size = min(true.k.size, raw.k.size)
    assert error(raw.chi[:size], true.k[:size], true.chi[:size]) > 0.1
    assert error(found.chi[:size], true.k[:size], true.chi[:size]) < 0.04


def test_it_is_larchs_correction_near_the_edge():
    mu = fluorescence()
    group = Group(energy=ENERGY.copy(), mu=mu.copy())
    fluo_corr(ENERGY, mu, "NiO", "Ni", group=group, e0=E0)
    _, reduction = started(Absorption(ENERGY.copy(), mu))
    own = self_absorption_corrected(reduction, "NiO", 45.0, 45.0)
    scan, edge = edge_of(own)
    part = (ENERGY > E0 + 30.0) & (ENERGY < E0 + 250.0)
    ours = edge.flattened(scan.mu, ENERGY)[part]
    theirs = group.norm_corr[part]
    line = np.polyfit(ENERGY[part], theirs, 1)
    ours = ours - np.polyval(np.polyfit(ENERGY[part], ours, 1), ENERGY[part])
    theirs = theirs - np.polyval(line, ENERGY[part])
    assert np.dot(ours, theirs) / np.dot(theirs, theirs) == pytest.approx(1.0, abs=0.06)


def test_a_dilute_sample_is_hardly_changed():
    share = absorbed_share(SelfAbsorption("(NiO)0.0001(H2O)", 45.0, 45.0, E0), ENERGY)
    assert share.max() < 0.02


def test_the_edge_is_that_of_an_element_of_the_formula():
    assert edge_in("Fe2O3", 7112.0) == ("Fe", "K")
    assert edge_in("PtO2", 11564.0) == ("Pt", "L3")
    with pytest.raises(FormatError, match="no element of Fe2O3 has an edge near"):
        edge_in("Fe2O3", E0)
    with pytest.raises(FormatError, match="is no chemical formula"):
        edge_in("Zz3", E0)


def test_it_is_said_once_and_refused_twice(tmp_path):
    path = write(tmp_path / "a.dat", "# energy i0 ifluor\n"
                 + rows(ENERGY, I0, I0 * fluorescence()))  # fmt: skip
    reading = Reading(thick_sample=("NiO", 45.0, 45.0))
    ((plain, _),), _ = measured_spectra(path)
    ((spectrum, reduction),), _ = measured_spectra(path, reading=reading)
    assert SELF_ABSORPTION_WARNING in plain.notes
    assert SELF_ABSORPTION_WARNING not in spectrum.notes
    assert any("corrected for self-absorption" in note for note in spectrum.notes)
    with pytest.raises(FormatError, match="already corrected"):
        self_absorption_corrected(reduction, "NiO", 45.0, 45.0)


def test_data_that_no_such_sample_gives_are_refused():
    mu = thin()
    mu[(ENERGY > E0 + 2.0) & (ENERGY < E0 + 8.0)] *= 3.0
    _, reduction = started(Absorption(ENERGY.copy(), mu))
    with pytest.raises(FormatError, match="cannot give the fluorescence"):
        self_absorption_corrected(reduction, "Ni", 45.0, 45.0)


def test_it_survives_a_file_and_refuses_nonsense():
    assert operation_from_json(asdict(SAMPLE), "operations") == SAMPLE
    with pytest.raises(DefinitionError, match="angle_in"):
        SelfAbsorption("NiO", 0.0, 45.0, E0)
