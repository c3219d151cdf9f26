"""A saved project is the same project again; a damaged one is refused in words."""

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onne_core import storage
from onne_core.digest import digest_of_bytes
from onne_core.errors import StorageError
from onne_core.project import (
    AppliedStandard,
    KnownDistribution,
    Project,
    SpectrumEntry,
    with_entry,
    with_spectra,
    without_spectrum,
)
from onne_core.radial import RadialDistribution
from onne_core.recipe import Recipe
from onne_core.spectrum import Spectrum, k_grid
from onne_core.structure import Range, Shell, System

NUMBERS = st.floats(-50.0, 50.0)


def system() -> System:
    shell = Shell("Ni", Range(2.4, 2.6), Range(0.05, 0.1), Range(12.0, 12.0))
    return System("Ni", "K", (shell,), name="Ni foil")


def entry(name: str = "foil", *, amplitude: float = 1.0) -> SpectrumEntry:
    k = k_grid(12.0)
    return SpectrumEntry(
        name=name,
        source=f"data/{name}.chi",
        sha256="0" * 64,
        spectrum=Spectrum(k, amplitude * np.sin(5.0 * k), name=name, e0=8333.0),
    )


def known() -> KnownDistribution:
    r = np.linspace(1.5, 6.0, 10)
    partials = {"Ni-Ni": np.exp(-r), "Ni-O": r / 7.0}
    return KnownDistribution("md.gr.csv", RadialDistribution(r, partials))


def kept() -> AppliedStandard:
    return AppliedStandard(
        source="cu.standard.json",
        title="Cu K in fcc:3.6149, 10 K",
        text='{"format": "onne-standard"}',
        own_scale=1.001,
        scale=0.999,
    )


def project() -> Project:
    first = replace(
        entry(),
        e0=2.5,
        e0_std=0.4,
        standard=kept(),
        s02=(0.86, 0.04),
        limits={"Ni-Ni 1": (2.1, 3.0)},
        known=known(),
        conditions={"temperature": 300.0},
    )
    whole = Project(
        recipe=Recipe(system()),
        ensemble="ni-foil",
        compared="ni-oxide",
        window=(4.0, 12.5),
        k_weight=3,
    )
    return with_spectra(whole, (first, entry("second", amplitude=0.5)))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(
    e0=st.none() | NUMBERS,
    s02=st.none() | st.tuples(NUMBERS, NUMBERS),
    limits=st.dictionaries(st.text(max_size=8), st.tuples(NUMBERS, NUMBERS)),
    name=st.text(max_size=12),
    chi=st.lists(NUMBERS, min_size=8, max_size=20),
)
def test_a_loaded_project_equals_the_saved_one(tmp_path, e0, s02, limits, name, chi):
    spectrum = Spectrum(np.arange(len(chi)) * 0.05, np.array(chi), name=name)
    one = SpectrumEntry(name, name, "", spectrum, e0, s02, limits, known())
    saved = with_spectra(Project(ensemble=name), (one,))
    folder = tmp_path / "hypothesis.onne"
    storage.save(saved, folder)
    assert storage.load(folder).digest == saved.digest


def test_system_recipe_and_selection_survive(tmp_path: Path):
    saved = project()
    storage.save(saved, tmp_path / "a.onne")
    loaded = storage.load(tmp_path / "a.onne")
    assert loaded.digest == saved.digest
    assert loaded.system == system()
    assert loaded.recipe == saved.recipe
    assert loaded.selected == 0
    assert loaded.spectra[0].standard == kept()
    assert (loaded.window, loaded.k_weight) == ((4.0, 12.5), 3)


def test_saving_again_drops_arrays_that_nothing_uses(tmp_path: Path):
    folder = tmp_path / "a.onne"
    storage.save(project(), folder)
    before = len(list((folder / storage.ARRAYS).glob("*.npz")))
    storage.save(without_spectrum(project(), 1), folder)
    assert before == 3
    assert len(list((folder / storage.ARRAYS).glob("*.npz"))) == 2
    assert len(storage.load(folder).spectra) == 1


def test_a_save_that_fails_leaves_the_old_project(tmp_path: Path, monkeypatch):
    folder = tmp_path / "a.onne"
    storage.save(project(), folder)

    def full(*_: object) -> None:
        raise StorageError("disk full")

    monkeypatch.setattr(storage.files, "write_text", full)
    with pytest.raises(StorageError, match="disk full"):
        storage.save(with_entry(project(), 0, e0=9.0), folder)
    assert storage.load(folder).digest == project().digest


def test_a_folder_of_something_else_is_not_overwritten(tmp_path: Path):
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(StorageError, match="holds no project"):
        storage.save(project(), tmp_path)


def damaged_json(folder: Path) -> None:
    (folder / storage.PROJECT_FILE).write_text("{ not json")


def newer_schema(folder: Path) -> None:
    change(folder, schema=99)


def list_instead(folder: Path) -> None:
    (folder / storage.PROJECT_FILE).write_text("[]")


def wrong_kind(folder: Path) -> None:
    change(folder, spectra=[{"name": "x"}])


def wrong_system(folder: Path) -> None:
    bad = {"absorber": "Xx", "edge": "K", "shells": []}
    change(folder, recipe={"schema": 1, "system": bad})


def path_outside(folder: Path) -> None:
    content = json.loads((folder / storage.PROJECT_FILE).read_text())
    content["spectra"][0]["spectrum"]["arrays"] = "../../secret.npz"
    (folder / storage.PROJECT_FILE).write_text(json.dumps(content))


def flipped_bit(folder: Path) -> None:
    path = min((folder / storage.ARRAYS).glob("*.npz"))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def missing_array(folder: Path) -> None:
    min((folder / storage.ARRAYS).glob("*.npz")).unlink()


def missing_file(folder: Path) -> None:
    (folder / storage.PROJECT_FILE).unlink()


def change(folder: Path, **changes: object) -> None:
    content = json.loads((folder / storage.PROJECT_FILE).read_text())
    (folder / storage.PROJECT_FILE).write_text(json.dumps(content | changes))


@pytest.mark.parametrize(
    "damage",
    [
        damaged_json,
        newer_schema,
        list_instead,
        wrong_kind,
        wrong_system,
        path_outside,
        flipped_bit,
        missing_array,
        missing_file,
    ],
)
def test_a_damaged_project_is_refused_and_named(tmp_path: Path, damage):
    folder = tmp_path / "a.onne"
    storage.save(project(), folder)
    damage(folder)
    with pytest.raises(StorageError, match=r"a\.onne"):
        storage.load(folder)


def test_removing_the_selected_spectrum_selects_its_neighbour():
    whole = replace(project(), selected=1)
    assert without_spectrum(whole, 1).selected == 0
    assert without_spectrum(whole, 0).selected == 0
    assert without_spectrum(without_spectrum(whole, 0), 0).selected == -1
    assert without_spectrum(without_spectrum(whole, 0), 0).entry is None


@pytest.mark.parametrize(
    "text", ["[" * 200_000, '{"schema": 1, "recipe": null, "spectra": [], "selected":']
)
def test_json_that_is_cut_or_too_deep_is_refused(tmp_path: Path, text: str):
    (tmp_path / storage.PROJECT_FILE).write_text(text)
    with pytest.raises(StorageError, match="cannot be read"):
        storage.load(tmp_path)


@pytest.mark.parametrize("value", ["1e999", "NaN", "1" + "0" * 400])
@pytest.mark.parametrize("place", ['"e0": 2.5', '"e0": 8333.0', "0.86", "2.1"])
def test_numbers_that_are_not_finite_are_refused(tmp_path: Path, place, value):
    storage.save(project(), tmp_path)
    path = tmp_path / storage.PROJECT_FILE
    bad = place.replace(place.rpartition(" ")[2], value)
    text = path.read_text()
    assert place in text
    path.write_text(text.replace(place, bad))
    with pytest.raises(StorageError, match="wrong kind"):
        storage.load(tmp_path)


def archive(**arrays: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, **arrays)  # type: ignore[arg-type]
    return stream.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no archive",
        archive(k=np.arange(50.0), chi=np.zeros(50))[:300],
        archive(k=np.arange(50.0), chi=np.zeros(49)),
        archive(k=np.arange(50.0), chi=np.zeros(50, dtype=complex)),
        archive(k=np.arange(50.0).reshape(5, 10), chi=np.zeros((5, 10))),
    ],
)
def test_foreign_arrays_are_refused_even_under_their_digest(tmp_path: Path, content):
    storage.save(project(), tmp_path)
    path = tmp_path / storage.PROJECT_FILE
    stored = json.loads(path.read_text())
    name = f"{digest_of_bytes(content)}.npz"
    (tmp_path / storage.ARRAYS / name).write_bytes(content)
    stored["spectra"][0]["spectrum"]["arrays"] = name
    path.write_text(json.dumps(stored))
    with pytest.raises(StorageError, match="wrong kind"):
        storage.load(tmp_path)
