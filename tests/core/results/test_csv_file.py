"""CSV that a spreadsheet reads as it is meant."""

import csv
from pathlib import Path

import pytest

from onne_core.results.csv_file import write_rows


def rows_in(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))


@pytest.mark.parametrize(
    "text",
    ['=HYPERLINK("http://x")', "@SUM(A1)", "-2+3+cmd|' /C calc'!A0", "+A1", "\t=1+1"],
)
def test_a_name_is_no_formula(tmp_path, text) -> None:
    write_rows(tmp_path / "out.csv", [(text, 1.0)])
    ((name, _),) = rows_in(tmp_path / "out.csv")
    assert name == f"'{text}"


@pytest.mark.parametrize(
    "text", ["-0.078", "+1.2e-3", "-9.2 ± 8.8", "Ni foil", "-", ""]
)
def test_numbers_keep_their_signs(tmp_path, text) -> None:
    write_rows(tmp_path / "out.csv", [(text, -0.5)])
    ((cell, number),) = rows_in(tmp_path / "out.csv")
    assert (cell, number) == (text, "-0.5")
