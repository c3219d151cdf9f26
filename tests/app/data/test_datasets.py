"""HDF5 files: the datasets are chosen by clicks and keys."""

from pathlib import Path

import h5py
import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.data.dataset_dialog import DatasetDialog
from app.widgets import dialogs
from tests.app.fakes import open_desk
from tests.app.seen import lines_in, read_in
from tests.app.test_screens import settled, take

K = np.arange(0.0, 14.0, 0.05)
CHI = 0.3 * np.sin(5.0 * K) * np.exp(-0.01 * K**2)


def scan(path: Path, **datasets: np.ndarray) -> Path:
    with h5py.File(path, "w") as file:
        for name, values in datasets.items():
            file[name.replace("__", "/")] = values
    return path


@pytest.fixture
def desk(qtbot, tmp_path):
    made = open_desk(qtbot, tmp_path)
    yield made
    made.leave()


def asked(desk, *paths: Path) -> DatasetDialog:
    desk.window.commands.drop(list(paths))
    desk.qtbot.waitUntil(
        lambda: bool(desk.window.findChildren(DatasetDialog)), timeout=60_000
    )
    return desk.window.findChild(DatasetDialog)


def mark(dialog: DatasetDialog, path: str) -> None:
    item = dialog.item(path)
    dialog.tree.scrollToItem(item)
    place = dialog.tree.visualItemRect(item).center()
    QTest.mouseClick(dialog.tree.viewport(), Qt.MouseButton.LeftButton, pos=place)


def read(desk, count: int) -> None:
    desk.qtbot.waitUntil(lambda: len(desk.project.spectra) == count, timeout=60_000)
    desk.settle()


def test_what_names_suggest_is_proposed_and_opened(desk, tmp_path, monkeypatch):
    path = scan(tmp_path / "a.nxs", entry__k=K, entry__chi=CHI, entry__other=K)
    monkeypatch.setattr(dialogs.FileDialogs, "files", lambda *a: a[-1]([path]))
    desk.window.commands.open_spectra()
    desk.qtbot.waitUntil(
        lambda: bool(desk.window.findChildren(DatasetDialog)), timeout=60_000
    )
    dialog = desk.window.findChild(DatasetDialog)
    assert dialog.kind.currentText() == "χ(k)"
    assert "/entry/k" in lines_in(dialog)
    assert dialog.tree.currentItem().text(0) == "chi"
    assert "One spectrum." in lines_in(dialog)
    desk.click(dialog.take)
    read(desk, 1)
    assert desk.project.entry.name == "a"
    assert desk.window.current == "analysis"


def test_datasets_are_chosen_and_every_row_is_a_spectrum(desk, tmp_path):
    rows = np.array([CHI, 0.9 * CHI, 0.8 * CHI])
    path = scan(tmp_path / "a.h5", m__x=K, m__y=rows, m__short=CHI[:-1])
    dialog = asked(desk, path)
    assert not dialog.take.isEnabled()
    assert "Select a dataset above" in read_in(dialog)
    mark(dialog, "/m/x")
    desk.click(dialog.use["abscissa"])
    mark(dialog, "/m/short")
    desk.click(dialog.use["signal"])
    assert "give two of equal length" in read_in(dialog)
    assert not dialog.take.isEnabled()
    mark(dialog, "/m/y")
    desk.click(dialog.use["signal"])
    assert "3 spectra." in lines_in(dialog)
    desk.click(dialog.take)
    read(desk, 3)
    assert [one.name for one in desk.project.spectra] == ["row 1", "row 2", "row 3"]
    desk.keys("Ctrl+Z")
    assert desk.project.spectra == ()
    desk.settle()


def test_several_files_are_read_in_the_same_way_by_keys_alone(desk, tmp_path):
    paths = [scan(tmp_path / f"s{i}.h5", x=K, y=CHI / (i + 1)) for i in range(2)]
    dialog = asked(desk, *paths)
    dialog.tree.setFocus()
    dialog.tree.setCurrentItem(dialog.item("/x"))
    QTest.keyClick(dialog.tree, Qt.Key.Key_Return)
    QTest.keyClick(dialog.tree, Qt.Key.Key_Down)
    QTest.keyClick(dialog.tree, Qt.Key.Key_Return)
    assert "One spectrum from each of 2 files." in lines_in(dialog)
    desk.click(dialog.take)
    read(desk, 2)
    assert [one.name for one in desk.project.spectra] == ["s0", "s1"]
    again = asked(desk, scan(tmp_path / "s2.h5", x=K, y=CHI))
    assert again.picked == dialog_choice()
    QTest.keyClick(again, Qt.Key.Key_Escape)
    desk.settle()
    assert len(desk.project.spectra) == 2


def dialog_choice():
    from onne_core.formats.hdf5 import Picked

    return Picked("/x", "/y", "chi")


def test_intensities_want_their_incident_one(desk, tmp_path):
    dialog = asked(desk, scan(tmp_path / "a.h5", x=K, y=CHI, z=CHI))
    assert not dialog.use["i0"].isVisible()
    dialog.kind.setFocus()
    for _ in range(2):
        QTest.keyClick(dialog.kind, Qt.Key.Key_Down)
    assert dialog.use["i0"].isVisible()
    for path, role in (("/x", "abscissa"), ("/y", "signal")):
        mark(dialog, path)
        desk.click(dialog.use[role])
    assert not dialog.take.isEnabled()
    mark(dialog, "/z")
    desk.click(dialog.use["i0"])
    assert dialog.take.isEnabled()
    assert dialog.picked.i0 == "/z"
    dialog.reject()


def test_a_damaged_file_is_refused_with_what_to_do(desk, tmp_path):
    path = tmp_path / "cut.h5"
    path.write_bytes(scan(tmp_path / "a.h5", k=K, chi=CHI).read_bytes()[:700])
    desk.window.commands.drop([path])
    desk.qtbot.waitUntil(lambda: bool(desk.window.banners.banners()), timeout=60_000)
    (banner,) = desk.window.banners.banners()
    assert "cut.h5: cannot be read as HDF5" in banner.notice.text
    assert not desk.window.findChildren(DatasetDialog)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_picture(qtbot, tmp_path, scheme):
    desk = open_desk(qtbot, tmp_path, scheme=scheme)
    path = tmp_path / "ni_foil_0001.nxs"
    scan(
        path,
        entry__data__energy=np.linspace(8200.0, 9300.0, 512),
        entry__data__fluorescence=np.ones((40, 512)),
        entry__instrument__i0=np.ones((40, 512)),
        entry__instrument__temperature=np.linspace(295.0, 310.0, 512),
    )
    with h5py.File(path, "a") as file:
        file["entry/data/energy"].attrs["units"] = "eV"
    dialog = asked(desk, path)
    settled(qtbot, dialog)
    assert take(dialog, f"dialog-datasets-{scheme}").stat().st_size > 4_000
    dialog.reject()
    desk.leave()
