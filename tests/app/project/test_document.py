"""One value, one undo stack, one signal."""

from pathlib import Path

import pytest

from app.project.document import Document
from onne_core.values.project import Project, with_entry, with_spectra
from tests.app.edits import digests_of_steps
from tests.app.foil import foil_entry


@pytest.fixture
def document(qapp):
    return Document()


def one() -> Project:
    return with_spectra(Project(), (foil_entry(),))


def test_an_edit_is_announced_with_the_old_and_the_new_value(document):
    heard = []
    document.changed.connect(lambda old, new: heard.append((old, new)))
    before, after = document.project, one()
    document.edit(after, "Open")
    assert heard == [(before, after)]
    assert document.project is after


def test_undo_and_redo_bring_the_same_values_back(document):
    before, after = document.project, one()
    document.edit(after, "Open")
    document.undo_stack.undo()
    assert document.project is before
    document.undo_stack.redo()
    assert document.project is after


def test_steps_of_one_key_melt_and_others_do_not(document):
    document.edit(one(), "Open")
    for value in (1.0, 2.0, 3.0):
        document.edit(with_entry(document.project, 0, e0=value), "E0", merge="e0")
    document.edit(with_entry(document.project, 0, e0=4.0), "E0", merge="other")
    assert document.undo_stack.count() == 3
    document.undo_stack.undo()
    assert document.project.entry.e0 == 3.0
    document.undo_stack.undo()
    assert document.project.entry.e0 is None


def test_looking_at_another_spectrum_is_no_step(document):
    document.edit(one(), "Open")
    document.select(document.project)
    assert document.undo_stack.count() == 1


def test_the_same_value_is_no_step(document):
    document.edit(document.project, "Nothing")
    assert document.undo_stack.count() == 0


def test_saving_and_opening_leave_nothing_unsaved(document):
    document.edit(one(), "Open")
    assert document.is_modified
    assert not document.has_unsaved_work
    document.edit(with_entry(document.project, 0, sample="bulk"), "Sample")
    assert document.has_unsaved_work
    document.saved_to(Path("a.onne"))
    assert not document.is_modified
    document.open(one(), Path("b.onne"))
    assert not document.undo_stack.canUndo()
    assert document.path == Path("b.onne")


def test_two_hundred_steps_back_and_forth_meet_the_same_digests(qapp):
    down, up, expected = digests_of_steps(200)
    assert down + up == expected
