"""What is printed is text: no code of a file's name reaches the terminal."""

import pytest

from onne_core.cli.terminal import LONGEST_PROBLEM, complain, printable, say, table

HOSTILE = "Ni\x1b]0;title\x07\x1b[2J foil\u202exdi"


def test_codes_and_marks_of_direction_are_replaced(capsys) -> None:
    say(HOSTILE)
    table(HOSTILE, [HOSTILE], [[HOSTILE]])
    complain(HOSTILE)
    captured = capsys.readouterr()
    for text in (captured.out, captured.err):
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "Ni\ufffd]0;title" in text


def test_lines_and_tabs_stay() -> None:
    assert printable("two\nlines\tR = 2.49 Å ± 0.01") == "two\nlines\tR = 2.49 Å ± 0.01"


def test_a_problem_is_one_line_of_bounded_length(capsys) -> None:
    complain("no\nsuch file " + "x" * 5000)
    (line,) = capsys.readouterr().err.splitlines()
    assert len(line) <= LONGEST_PROBLEM + 10


@pytest.mark.parametrize("name", ["плёнка.xdi", "箔.chi", "نيكل.dat"])
def test_names_of_any_language_stay(name: str) -> None:
    assert printable(name) == name
