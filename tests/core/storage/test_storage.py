"""A saved project is the same project again; a damaged one is refused in words."""

import io
import json
import os
import zipfile
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onne_core import files, storage
from onne_core.digest import digest_of_bytes
from onne_core.errors import StorageError
from onne_core.values.project import (
    AppliedStandard,
    KnownDistribution,
    Project,
    SpectrumEntry,
    with_entry,
    with_spectra,
    without_spectrum,
)
from onne_core.values.radial import RadialDistribution
from onne_core.values.recipe import Recipe
from onne_core.values.spectrum import Spectrum, k_grid, one_line
from onne_core.values.structure import Range, Shell, System

NUMBERS = st.floats(-50.0, 50.0)
POSITIVE = st.floats(0.01, 5.0)
ENDS = st.tuples(st.floats(0.0, 3.0), st.floats(3.5, 9.0))
NAMES = st.text(max_size=12).map(one_line)


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
    s02=st.none() | st.tuples(POSITIVE, POSITIVE),
    limits=st.dictionaries(st.text(max_size=8), ENDS),
    name=NAMES,
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

    monkeypatch.setattr(files, "write_text", full)
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


def with_header(header: str) -> bytes:
    """Return an archive whose array k has ``header`` in the place of its own."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as members:
        length = len(header).to_bytes(2, "little")
        members.writestr(
            "k.npy", b"\x93NUMPY\x01\x00" + length + header.encode() + bytes(80)
        )
    return stream.getvalue()


@pytest.mark.parametrize(
    "arrays",
    [
        {"r": np.arange(1.0, 5.0), "g0": np.full(4, np.nan), "g1": np.ones(4)},
        {"r": np.arange(1.0, 5.0), "g0": np.ones(3), "g1": np.ones(4)},
        {"r": np.arange(5.0, 1.0, -1.0), "g0": np.ones(4), "g1": np.ones(4)},
        {"r": np.arange(1.0, 5.0), "g0": np.ones(4)},
        {"r": np.array(["a"] * 4), "g0": np.ones(4), "g1": np.ones(4)},
    ],
)
def test_a_known_distribution_that_is_none_is_refused(tmp_path: Path, arrays):
    storage.save(project(), tmp_path)
    stored = json.loads((tmp_path / storage.PROJECT_FILE).read_text())
    content = archive(**arrays)
    name = f"{digest_of_bytes(content)}.npz"
    (tmp_path / storage.ARRAYS / name).write_bytes(content)
    stored["spectra"][0]["known"]["arrays"] = name
    change(tmp_path, spectra=stored["spectra"])
    with pytest.raises(StorageError, match="wrong kind"):
        storage.load(tmp_path)


@pytest.mark.parametrize(
    "changes",
    [
        {"s02": [-0.9, 0.05]},
        {"s02": [0.9, -0.05]},
        {"e0": 1e300},
        {"limits": {"Ni-Ni 1": [3.0, 2.0]}},
        {"conditions": {"temperature": float("inf")}},
        {"standard": asdict(replace(kept(), own_scale=float("nan")))},
        {"standard": asdict(replace(kept(), scale=float("inf")))},
    ],
)
def test_settings_that_nobody_can_make_are_refused(tmp_path: Path, changes):
    storage.save(project(), tmp_path)
    stored = json.loads((tmp_path / storage.PROJECT_FILE).read_text())
    change(tmp_path, spectra=[stored["spectra"][0] | changes, stored["spectra"][1]])
    with pytest.raises(StorageError, match="wrong kind"):
        storage.load(tmp_path)
    whole, problems = storage.load_what_is_whole(tmp_path)
    assert [item.name for item in whole.spectra] == ["second"]
    assert len(problems) == 1


@pytest.mark.parametrize("window", [[4.0, 1e300], [12.0, 4.0], [-1.0, 4.0]])
def test_a_window_that_nobody_can_set_is_refused(tmp_path: Path, window):
    storage.save(project(), tmp_path)
    change(tmp_path, window=window)
    with pytest.raises(StorageError, match="wrong kind"):
        storage.load(tmp_path)


def test_names_become_one_line_of_bounded_length(tmp_path: Path):
    storage.save(project(), tmp_path)
    stored = json.loads((tmp_path / storage.PROJECT_FILE).read_text())
    stored["spectra"][0]["name"] = "a\nb\u202ec" + 10_000 * "x"
    change(tmp_path, spectra=stored["spectra"])
    name = storage.load(tmp_path).spectra[0].name
    assert name.startswith("a\ufffdb\ufffdcxxx")
    assert name.isprintable()
    assert len(name) == 300


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_pipes_and_devices_are_not_waited_for(tmp_path: Path):
    storage.save(project(), tmp_path)
    first, second, *_ = sorted((tmp_path / storage.ARRAYS).glob("*.npz"))
    first.unlink()
    os.mkfifo(first)
    second.unlink()
    second.symlink_to("/dev/zero")
    with pytest.raises(StorageError, match="it is not a file"):
        storage.load(tmp_path)
    os.mkfifo(tmp_path / "a.onne.zip")
    with pytest.raises(StorageError, match="it is not a file"):
        storage.load(tmp_path / "a.onne.zip")


def test_more_than_a_project_has_is_not_read(tmp_path: Path):
    storage.save(project(), tmp_path)
    os.truncate(tmp_path / storage.PROJECT_FILE, 2**40)
    with pytest.raises(StorageError, match="larger than 32 MiB"):
        storage.load(tmp_path)


def test_places_that_cannot_be_looked_at_are_refused_in_words(tmp_path: Path):
    for name in ("x" * 300, "a\0b"):
        place = tmp_path / f"{name}.onne"
        assert not storage.is_project(place)
        with pytest.raises(StorageError):
            storage.load(place)
        with pytest.raises(StorageError):
            storage.load(tmp_path / f"{name}.onne.zip")
        with pytest.raises(StorageError, match="cannot be written"):
            storage.save(project(), place)


def test_a_piece_that_cannot_be_read_is_written_again(tmp_path: Path):
    storage.save(project(), tmp_path)
    first = min((tmp_path / storage.ARRAYS).glob("*.npz"))
    first.unlink()
    first.symlink_to(tmp_path / "nowhere")
    storage.save(project(), tmp_path)
    assert storage.load(tmp_path).digest == project().digest


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no archive",
        archive(k=np.arange(50.0), chi=np.zeros(50))[:300],
        archive(k=np.arange(50.0), chi=np.zeros(49)),
        archive(k=np.arange(50.0), chi=np.zeros(50, dtype=complex)),
        archive(k=np.arange(50.0).reshape(5, 10), chi=np.zeros((5, 10))),
        archive(k=np.arange(50.0), chi=np.full(50, np.nan)),
        archive(k=np.arange(50.0), chi=np.full(50, 1e308)),
        archive(k=np.arange(50.0, 0.0, -1.0), chi=np.zeros(50)),
        archive(k=1e300 * np.arange(50.0), chi=np.zeros(50)),
        archive(k=np.arange(50.0, dtype=">f8"), chi=np.zeros(50)),
        with_header("{'descr': ("),
        with_header("{'descr': '<f8', 'fortran_order': False, 'shape': (-5,)}"),
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


@pytest.mark.parametrize("key", ["recipe", "spectra", "ensemble", "selected"])
def test_a_project_that_lacks_a_part_is_damaged_and_not_empty(tmp_path, key) -> None:
    folder = tmp_path / "cut.onne"
    storage.save(Project(), folder)
    content = json.loads((folder / storage.PROJECT_FILE).read_text())
    del content[key]
    (folder / storage.PROJECT_FILE).write_text(json.dumps(content))
    with pytest.raises(StorageError, match="cut"):
        storage.load(folder)


def test_a_project_that_trained_convolutional_networks_opens_with_dense_ones(
    tmp_path, caplog
) -> None:
    folder = tmp_path / "old.onne"
    shells = (Shell("Ni", Range(2.4, 2.6), Range(0.05, 0.1), Range(11.0, 13.0)),)
    storage.save(Project(recipe=Recipe(System("Ni", "K", shells))), folder)
    content = json.loads((folder / storage.PROJECT_FILE).read_text())
    content["recipe"]["training"]["network"] = "convolutional"
    (folder / storage.PROJECT_FILE).write_text(json.dumps(content))
    recipe = storage.load(folder).recipe
    assert recipe is not None
    assert recipe.training.network == "dense"
    assert "convolutional" in caplog.text
