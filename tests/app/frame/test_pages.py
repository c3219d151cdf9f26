"""Shells, Structures, Training and Series: real values, read and exported."""

import pytest
from PySide6.QtCore import Qt

from app.frame.strips import prediction_line
from app.look import wording
from app.widgets.export_dialog import ExportDialog
from tests.app.fakes import SYSTEM, FakeService, open_desk
from tests.app.seen import buttons_in, facts_in, lines_in, read_in

BACK = "Back to the ensemble's system"

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def desk(qtbot, tmp_path):
    made = open_desk(qtbot, tmp_path)
    yield made
    made.leave()


def texts(table) -> list[list[str]]:
    return [list(row) for row in table.table_model.rows]


def test_shells_shows_the_ranges_of_the_ensemble(desk):
    desk.keys("Ctrl+2")
    page = desk.window.page("shells")
    first, last = page.editor.rows[0], page.editor.rows[4]
    assert first.name.text() == "Ni–Ni 1"
    assert [field.text.text() for field in first.ranges.values()] == [
        "2.467–2.517",
        "0.068–0.082",
        "11.4–12.6",
        "−0.03…0.37",
    ]
    assert first.reported.isChecked()
    assert not last.reported.isChecked()
    assert BACK not in buttons_in(page.tools)
    assert BACK not in buttons_in(page)


def test_an_opened_system_replaces_that_of_the_ensemble_until_closed(desk):
    desk.window.opening.open_recipe(SYSTEM)
    page = desk.window.page("shells")
    assert "belongs to the project" in page.source.text()
    desk.click(buttons_in(page)[BACK])
    assert desk.project.recipe is None
    assert page.source.text().startswith("System of ensemble ni-foil.")


def test_without_anything_every_page_says_what_to_do(qtbot, tmp_path):
    desk = open_desk(qtbot, tmp_path, service=FakeService(offered=()))
    for name, headline in (
        ("shells", "No system yet"),
        ("structures", "No system yet"),
        ("series", "No spectra to compare yet"),
        ("training", "No ensemble yet"),
    ):
        desk.window.show_tab(name)
        assert headline in lines_in(desk.window.page(name))
    desk.window.show_tab("analysis")
    assert desk.analysis.middle_stack.currentIndex() == 1


def test_training_shows_the_card(desk):
    desk.keys("Ctrl+4")
    page = desk.window.page("training")
    card = page.ensemble
    facts = facts_in(card.facts)
    assert facts["Spectra"] == "12\N{THIN SPACE}000"
    assert facts["Window"] == "3.0–14.0 Å⁻¹"
    assert facts["Size"].endswith("MB")
    assert texts(card.coverage)[0] == [
        "Ni–Ni 1",
        "g(r), per bin",
        "70 %",
        "96 %",
    ]
    assert len(texts(card.members)) == 10
    assert "Ni–Ni closer" in read_in(card.rejected)
    card.members.selectRow(4)
    assert "10 networks" in card.loss.plot.accessibleDescription()


def test_export_writes_the_chosen_files(desk, tmp_path):
    desk.add()
    desk.preferences.folder = str(tmp_path)
    desk.click(buttons_in(desk.analysis.tools)["Export…"])
    dialog = desk.window.findChild(ExportDialog)
    dialog.name.setText("foil")
    dialog.boxes["svg"].setChecked(False)
    assert "foil.png" in read_in(dialog)
    desk.click(dialog.export)
    desk.settle()
    names = {path.name for path in tmp_path.glob("foil.*")}
    figures, tables = {"foil.png", "foil.pdf"}, {"foil.csv", "foil.json", "foil.html"}
    assert names == figures | tables | {"foil.chi.csv", "foil.r.csv", "foil.shells.csv"}
    (banner,) = desk.window.banners.banners()
    assert banner.notice.title == f"Written to {tmp_path}"


def test_export_needs_a_folder_a_name_and_a_kind(desk, tmp_path):
    desk.add()
    desk.preferences.folder = str(tmp_path)
    desk.keys("Ctrl+E")
    dialog = desk.window.findChild(ExportDialog)
    for change, words in (
        (lambda: dialog.folder.setText(str(tmp_path / "no")), "does not exist"),
        (lambda: dialog.name.setText("a/b"), "without slashes"),
        (lambda: [b.setChecked(False) for b in dialog.boxes.values()], "at least one"),
    ):
        change()
        assert words in read_in(dialog)
        assert not dialog.export.isEnabled()
        dialog.folder.setText(str(tmp_path))
        dialog.name.setText("foil")
    dialog.reject()


def test_a_prediction_that_took_long_is_said_in_seconds():
    assert prediction_line("0123456789", 0.027, "20:32") == (
        "Prediction 01234567 · 27 ms · 20:32"
    )
    assert prediction_line("0123456789", 25.56, "20:32").endswith("25.6 s · 20:32")


def test_names_on_screen():
    assert wording.structure("Ni K in fcc:3.524, 300 K") == (
        "Ni K in fcc, a = 3.524 Å, 300 K"
    )
    assert wording.structure("Ni K in Ni.cif, 300 K") == "Ni K in Ni.cif, 300 K"
    assert wording.unbroken("Ni-Ni 3") == "Ni–\N{WORD JOINER}Ni\N{NO-BREAK SPACE}3"
