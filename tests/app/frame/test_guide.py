"""The user guide opens always: as built pages, else as text in a window."""

import re
from pathlib import Path

import pytest

from app.frame import guide
from app.frame.guide import GuideWindow
from app.frame.strips import TABS
from onne_core.locations import guide_text
from tests.app.fakes import ROOT, open_desk

PAGES = sorted((ROOT / "docs" / "guide").glob("*.md"))
LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_every_link_of_the_guide_leads_somewhere(page: Path):
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        assert target.startswith("https://") or (page.parent / target).is_file(), target


def test_every_tab_and_every_page_is_in_the_contents():
    navigation = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    for page in PAGES:
        assert f"guide/{page.name}" in navigation
    for page in (ROOT / "docs").glob("*.md"):
        assert f": {page.name}" in navigation
    for tab in TABS:
        assert (guide_text() / f"{tab}.md").is_file()


def test_without_built_pages_the_text_is_shown_at_the_page_of_the_tab(
    qtbot, tmp_path, monkeypatch
):
    monkeypatch.setattr(guide, "guide_pages", lambda: None)
    desk = open_desk(qtbot, tmp_path)
    desk.window.show_tab("series")
    desk.keys("F1")
    (window,) = desk.window.findChildren(GuideWindow)
    assert window.isVisible()
    assert "Heat map" in window.text.toPlainText()
    assert not window.back.isEnabled()
    window.show_page("bands")
    assert "The dark band" in window.text.toPlainText()
    desk.click(window.back)
    assert "Heat map" in window.text.toPlainText()
    window.accept()
    desk.leave()


def test_pictures_of_the_guide_are_no_wider_than_its_text(qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr(guide, "guide_pages", lambda: None)
    desk = open_desk(qtbot, tmp_path)
    desk.keys("F1")
    (window,) = desk.window.findChildren(GuideWindow)
    window.show_page("analysis")
    qtbot.waitUntil(lambda: window.text.verticalScrollBar().maximum() > 0)
    assert window.text.horizontalScrollBar().maximum() == 0
    window.accept()
    desk.leave()


def test_built_pages_open_in_the_browser(qtbot, tmp_path, monkeypatch):
    (tmp_path / "shells.html").touch()
    (tmp_path / "index.html").touch()
    opened = []
    monkeypatch.setattr(guide, "guide_pages", lambda: tmp_path)
    monkeypatch.setattr(
        guide.QDesktopServices, "openUrl", lambda url: opened.append(url) or True
    )
    desk = open_desk(qtbot, tmp_path)
    guide.show_guide(desk.window, "shells")
    guide.show_guide(desk.window, "nowhere")
    assert [Path(url.toLocalFile()).name for url in opened] == [
        "shells.html",
        "index.html",
    ]
    assert desk.window.findChildren(GuideWindow) == []
    desk.leave()
