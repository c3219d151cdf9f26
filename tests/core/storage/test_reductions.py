"""Projects with mu(E), what was done to it, and noise of merged scans."""

import json
from dataclasses import replace

import numpy as np
import pytest

from onne_core import storage
from onne_core.digest import digest
from onne_core.errors import StorageError
from onne_core.reduction.steps import (
    carried_out,
    deglitched,
    merged_entry,
    started,
    with_operation,
    with_setting,
)
from onne_core.values.project import Project, SpectrumEntry
from onne_core.values.treatment import Shift, Truncate
from tests.core.reduction.scans import ENERGY, noisy


def entry(seed: int) -> SpectrumEntry:
    removal, reduction = started(noisy(seed, reference=np.sin(ENERGY)))
    return SpectrumEntry(
        f"scan {seed}", f"/{seed}.xmu", "0", removal.spectrum, reduction=reduction
    )


def treated_entry() -> SpectrumEntry:
    one = entry(1)
    reduction = with_setting(one.reduction, "norm1", 120.0)
    reduction = with_operation(reduction, Shift(0.5, "foil"))
    reduction = with_operation(reduction, Truncate(upper=9200.0, edge="Cu K"))
    reduction = deglitched(reduction, [float(ENERGY[200]) + 0.5])
    spectrum = carried_out(reduction).spectrum
    return replace(one, reduction=reduction, spectrum=spectrum)


def test_operations_and_noise_come_back(tmp_path):
    merged = merged_entry([entry(2), entry(3)], "sum")
    project = Project(spectra=(treated_entry(), merged), selected=1)
    storage.save(project, tmp_path / "a.onne")
    again = storage.load(tmp_path / "a.onne")
    assert again.digest == project.digest
    first, second = again.spectra
    assert first.reduction.operations == project.spectra[0].reduction.operations
    assert digest(carried_out(first.reduction).spectrum) == digest(first.spectrum)
    np.testing.assert_array_equal(second.spectrum.noise, merged.spectrum.noise)
    assert second.reduction.absorption.parts == ("scan 2", "scan 3")


def forget_what_is_new(content: dict) -> dict:
    """Return what a program without operations would have written."""
    for item in content["spectra"]:
        del item["spectrum"]["noise"]
        values = item["reduction"]["values"]
        for name in ("operations", "proposed"):
            del values[name]
        for name in ("noise", "reference", "parts"):
            del values["absorption"][name]
        for name in ("k_min", "pre1", "pre2", "norm1", "norm2", "nnorm", "step"):
            del values["settings"][name], values["first"][name]
        del values["imported"]["noise"]
    return content


def test_projects_from_before_are_opened(tmp_path):
    removal, reduction = started(noisy(1))
    one = SpectrumEntry("a", "/a.xmu", "0", removal.spectrum, reduction=reduction)
    project = Project(spectra=(one,), selected=0)
    storage.save(project, tmp_path / "a.onne")
    path = tmp_path / "a.onne" / storage.PROJECT_FILE
    path.write_text(json.dumps(forget_what_is_new(json.loads(path.read_text()))))
    assert storage.load(tmp_path / "a.onne").digest == project.digest


@pytest.mark.parametrize("noise", ["much", [1.0], [[1.0]], {"a": 1}])
def test_noise_that_is_none_is_refused(tmp_path, noise):
    project = Project(spectra=(entry(1),), selected=0)
    storage.save(project, tmp_path / "a.onne")
    path = tmp_path / "a.onne" / storage.PROJECT_FILE
    content = json.loads(path.read_text())
    content["spectra"][0]["spectrum"]["noise"] = noise
    path.write_text(json.dumps(content))
    with pytest.raises(StorageError):
        storage.load(tmp_path / "a.onne")
