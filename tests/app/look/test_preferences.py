"""Settings survive; damaged ones are set aside and never stop the start."""

import pytest

from app.look.preferences import Preferences
from app.start import tell_of_settings
from tests.app.fakes import open_desk

DAMAGED = [
    b"\x00\xff\xfe garbage",
    b"[General\nfoo",
    b"just text\nscheme=dark\n",
    b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
]


def test_what_is_set_comes_back(tmp_path):
    path = tmp_path / "onne.ini"
    first = Preferences(path)
    first.scheme, first.text_size = "dark", 1.25
    first.remember_tab(tmp_path / "a.onne", "series")
    first.remember(tmp_path / "a.onne")
    del first
    second = Preferences(path)
    assert second.set_aside is None
    assert (second.scheme, second.text_size) == ("dark", 1.25)
    assert second.tab_of(tmp_path / "a.onne") == "series"
    assert second.tab_of(tmp_path / "b.onne") == ""
    assert second.recent == (tmp_path / "a.onne",)


@pytest.mark.parametrize("content", DAMAGED)
def test_a_damaged_file_is_set_aside(tmp_path, content):
    path = tmp_path / "onne.ini"
    path.write_bytes(content)
    preferences = Preferences(path)
    assert preferences.set_aside == tmp_path / "onne.ini.damaged"
    assert preferences.set_aside.read_bytes() == content
    assert preferences.scheme == "system"
    preferences.scheme = "light"
    del preferences
    assert Preferences(path).scheme == "light"


def test_values_of_the_wrong_kind_count_as_not_set(tmp_path):
    path = tmp_path / "onne.ini"
    path.write_text("[General]\ntext_size=huge\nscheme=pink\nstate\\window=zzz\n")
    preferences = Preferences(path)
    assert preferences.text_size is None
    assert preferences.scheme == "system"


@pytest.mark.parametrize("size", ["nan", "inf", "1e9", "0.01", "-1"])
def test_a_text_size_that_nobody_can_read_counts_as_not_set(tmp_path, size):
    path = tmp_path / "onne.ini"
    path.write_text(f"[General]\ntext_size={size}\n")
    assert Preferences(path).text_size is None


def test_the_window_says_that_settings_were_damaged(qtbot, tmp_path):
    desk = open_desk(qtbot, tmp_path)
    desk.preferences.set_aside = tmp_path / "onne.ini.damaged"
    tell_of_settings(desk.window)
    (banner,) = desk.window.banners.banners()
    assert banner.notice.title == "The settings file was damaged"
    assert str(tmp_path / "onne.ini.damaged") in banner.notice.details
    desk.leave()
