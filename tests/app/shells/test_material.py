"""The dialog of a new ensemble: from a material to ranges, and into the queue."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.shells.material.choice import (
    CrystalChoice,
    FirstShellChoice,
    MaterialChoice,
    StructuresChoice,
    proposal_of,
)
from app.shells.material.cover_check import where_it_leaves
from app.shells.material.dialog import MaterialDialog
from app.shells.plots.band_plot import BandPicture
from app.work.stages import MakeRequest
from onne_core.errors import DefinitionError
from onne_core.values.shells_of_structure import StructureShells
from onne_core.values.spectrum import Spectrum
from onne_core.values.structure import Range, Shell
from tests.app.fakes import FakeService, answers, open_desk
from tests.app.foil import foil_entry

CIF = """data_x
_cell_length_a 5.4093
_cell_length_b 5.4093
_cell_length_c 5.4093
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
_space_group_name_H-M_alt 'F -4 3 m'
_space_group_IT_number 216
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
Zn1 Zn 0 0 0
S1 S 0.25 0.25 0.25
"""


def dialog_of(window) -> MaterialDialog:
    QApplication.processEvents()
    (dialog,) = window.findChildren(MaterialDialog)
    return dialog


@pytest.fixture
def desk(qtbot, tmp_path):
    made = open_desk(qtbot, tmp_path, service=FakeService(offered=()))
    yield made
    made.leave()


def test_an_element_is_all_that_a_foil_needs(desk):
    desk.click(desk.window.page("start").new_ensemble)
    dialog = dialog_of(desk.window)
    assert not dialog.accepted_button.isEnabled()
    assert not dialog.edit_button.isEnabled()
    QTest.keyClicks(dialog.crystal.material, "Pt")
    assert [row[0] for row in dialog.table.table_model.rows][:2] == [
        "Pt–Pt 1",
        "Pt–Pt 2",
    ]
    assert dialog.crystal.a.value() == pytest.approx(3.92)
    desk.click(dialog.edit_button)
    system = desk.project.system
    assert (system.absorber, system.edge, system.angles.template) == ("Pt", "L3", "fcc")
    assert desk.window.current == "shells"
    desk.window.actions_by_name["undo"].trigger()
    assert desk.project.recipe is None
    desk.settle()


@pytest.mark.parametrize(("clicked", "quality"), [(None, "standard"), (0, "quick")])
def test_one_job_is_queued(desk, monkeypatch, tmp_path, clicked, quality):
    monkeypatch.setattr(
        "app.training.dialogs.set_dialog.models_folders", lambda: (tmp_path / "m",)
    )
    desk.preferences.folder = str(tmp_path)
    queued = []

    def note(*requests):
        queued.extend(requests)
        return added(*requests)

    added = desk.session.work.add
    monkeypatch.setattr(desk.session.work, "add", note)
    desk.window.actions_by_name["new_ensemble"].trigger()
    dialog = dialog_of(desk.window)
    QTest.keyClicks(dialog.crystal.material, "NiO")
    assert dialog.accepted_button.text() == "Make the ensemble"
    if clicked is not None:
        desk.click(dialog.qualities.buttons[clicked])
    desk.click(dialog.accepted_button)
    (request,) = queued
    assert isinstance(request, MakeRequest)
    assert request.recipe == desk.project.recipe
    assert request.quality == quality
    assert Path(request.folder).parent == tmp_path
    assert Path(request.out).parent == tmp_path / "m"
    assert desk.window.current == "training"
    desk.session.work.close()
    desk.settle()


def test_a_first_shell_takes_its_length_from_bond_valence(desk):
    desk.window.actions_by_name["new_ensemble"].trigger()
    dialog = dialog_of(desk.window)
    desk.click(dialog.kinds.buttons[1])
    form = dialog.first_shell
    QTest.keyClicks(form.absorber, "Cr")
    assert "Usual: +3" in form.oxidation.currentText()
    form.coordination.setCurrentIndex(4)
    form.coordination.activated.emit(4)
    form.oxidation.setCurrentIndex(form.oxidation.findText("+6"))
    form.oxidation.activated.emit(form.oxidation.currentIndex())
    first = dialog.table.table_model.rows[0]
    assert first[:2] == ("Cr–O 1", "1.52–1.76")
    dialog.reject()


def test_what_is_wrong_is_said_and_nothing_can_be_made_of_it(desk):
    desk.window.actions_by_name["new_ensemble"].trigger()
    dialog = dialog_of(desk.window)
    QTest.keyClicks(dialog.crystal.material, "PtX")
    assert dialog.problem.isVisible()
    assert "PtX" in dialog.problem.text()
    assert not dialog.accepted_button.isEnabled()
    dialog.reject()


def test_a_cif_offers_its_absorbers_and_sites(desk, monkeypatch, tmp_path):
    path = tmp_path / "blende.cif"
    path.write_text(CIF)
    desk.window.actions_by_name["new_ensemble"].trigger()
    dialog = dialog_of(desk.window)
    with answers(monkeypatch, file=path):
        desk.click(dialog.crystal.file)
    desk.settle()
    form = dialog.crystal
    assert [form.absorber.itemText(i) for i in range(2)] == ["Zn", "S"]
    assert form.site.currentText().startswith("site 1: 4 per cell, 4 S at 2.342")
    assert dialog.table.table_model.rows[0][0] == "Zn–S 1"
    desk.click(form.by_name)
    assert form.material.isVisible()
    dialog.reject()


def test_a_broken_file_is_said_in_the_dialog(desk, monkeypatch, tmp_path):
    path = tmp_path / "none.cif"
    path.write_text("nothing")
    desk.window.actions_by_name["new_ensemble"].trigger()
    dialog = dialog_of(desk.window)
    with answers(monkeypatch, file=path):
        desk.click(dialog.crystal.file)
    desk.settle()
    assert "none.cif" in dialog.problem.text()
    dialog.reject()


def test_structures_give_their_own_ranges():
    shell = Shell("Cl", Range(2.2, 2.5), Range(0.05, 0.2), Range(3.0, 6.0))
    taken = StructureShells("melt.xyz", (shell,), 40)
    choice = MaterialChoice(kind="structures", structures=StructuresChoice("Ni", taken))
    proposal = proposal_of(choice, None)
    assert proposal is not None
    assert proposal.recipe.system.shells == (shell,)


def test_nothing_follows_from_an_empty_form():
    assert proposal_of(MaterialChoice(), None) is None
    shell = MaterialChoice(kind="first shell", first_shell=FirstShellChoice())
    assert proposal_of(shell, None) is None
    assert proposal_of(MaterialChoice(kind="structures"), None) is None


def test_the_measured_spectrum_sets_the_window():
    entry = foil_entry()
    choice = MaterialChoice(crystal=CrystalChoice("Ni"))
    spectrum = entry.spectrum
    kept = spectrum.k <= 11.03
    short = Spectrum(spectrum.k[kept], spectrum.chi[kept], name="short")
    proposal = proposal_of(choice, short)
    assert proposal is not None
    assert proposal.recipe.training.k_max <= 11.0
    too_short = spectrum.k <= 6.0
    with pytest.raises(DefinitionError, match="ends at k"):
        proposal_of(choice, Spectrum(spectrum.k[too_short], spectrum.chi[too_short]))


def test_the_spectrum_is_shown_over_what_the_ranges_allow(desk):
    desk.add(foil_entry())
    desk.window.actions_by_name["new_ensemble"].trigger()
    dialog = dialog_of(desk.window)
    QTest.keyClicks(dialog.crystal.material, "Cu")
    assert dialog.cover.isVisible()
    assert dialog.cover.words.text().startswith("Shaded")
    assert dialog.cover.chip.isHidden()
    desk.qtbot.waitUntil(lambda: dialog.cover.band.isVisible(), timeout=20_000)
    words = dialog.cover.words.text()
    assert "8 macrostates" in words
    assert not dialog.cover.chip.isHidden()
    desk.click(dialog.edit_button)
    # Shells shows the same preview.
    assert desk.window.commands.system.forward.of(desk.project.recipe) is not None
    desk.settle()


def test_a_preview_under_way_is_stopped_with_the_dialog(desk):
    desk.add(foil_entry())
    desk.window.actions_by_name["new_ensemble"].trigger()
    dialog = dialog_of(desk.window)
    QTest.keyClicks(dialog.crystal.material, "Cu")
    forward = desk.window.commands.system.forward
    desk.qtbot.waitUntil(lambda: forward.job is not None, timeout=20_000)
    dialog.reject()
    desk.settle()
    assert forward.last is None


def test_where_a_spectrum_leaves_the_range():
    x = np.arange(0.0, 6.0, 0.1)
    peak = np.exp(-(((x - 2.5) / 0.4) ** 2))
    curves = np.array([0.5 * peak, peak])

    def words(measured):
        picture = BandPicture(
            "R", "chi", x, curves, measured, (1.0, 5.0), (0.0, 6.0), ""
        )
        return where_it_leaves(picture)

    assert words(0.8 * peak) == ""
    far = 0.8 * peak + 0.5 * ((x > 3.75) & (x < 4.15))
    assert "leaves the calculated range at <i>R</i> = 3.8–4.1 Å" in words(far)
    # Beyond the window nothing is asked.
    assert words(0.8 * peak + 0.5 * (x > 5.05)) == ""
    assert words(None) == ""


def test_the_training_page_offers_it(desk):
    desk.window.show_tab("training")
    desk.settle()
    page = desk.window.page("training")
    desk.click(page.new)
    dialog_of(desk.window).reject()
