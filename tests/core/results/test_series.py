"""A series as arrays: columns of the heat map, trends, the table and the figure."""

import csv
import io
from pathlib import Path

import numpy as np
import pytest

from onne_core.results import series_report
from onne_core.results.series import (
    EDGE,
    FAILED,
    INSIDE,
    OUTSIDE,
    PENDING,
    Series,
    in_columns,
    trend_of,
)

R = np.linspace(1.5, 4.5, 31)


def series(at: np.ndarray, states: np.ndarray | None = None) -> Series:
    """Return a series whose g(r) is its place everywhere, and R a tenth of it."""
    at = np.asarray(at, float)
    count = at.size
    states = np.full(count, INSIDE) if states is None else np.asarray(states)
    there = ~np.isin(states, [FAILED, PENDING])
    place = np.where(there, np.nan_to_num(at), np.nan)
    values = np.ones((count, 1, 4)) * (0.1 * place)[:, None, None]
    return Series(
        names=tuple(f"scan {i}" for i in range(count)),
        sources=tuple(f"/data/{i}.chi" for i in range(count)),
        files=("0" * 64,) * count,
        digests=tuple("1" * 64 if one else "" for one in there),
        title="temperature (K)",
        ensemble=("ni-foil", "2" * 64),
        at=at,
        states=states,
        pairs=("Ni-Ni",),
        shells=(("Ni-Ni 1", "Ni-Ni"),),
        r=R,
        g=(np.ones((count, 1, R.size)) * place[:, None, None]).astype(np.float32),
        values=values,
        stds=0.01 * np.ones_like(values),
        fixed=np.tile([True, False, False, False], (count, 1, 1)),
        limits=np.tile([2.0, 3.0], (count, 1, 1)),
        settings=np.where(there[:, None], [5.0, 0.5, 0.9, 0.04], np.nan),
        problems=dict.fromkeys(np.flatnonzero(states == FAILED).tolist(), "too short"),
    )


def test_the_axis_orders_the_spectra_and_leaves_out_what_has_no_place():
    one = series(np.array([300.0, np.nan, 100.0, 200.0]))
    assert one.order.tolist() == [2, 3, 0]
    assert one.span == (50.0, 350.0)


@pytest.mark.parametrize("count", [1, 7, 30, 301])
def test_columns_are_means_over_their_spectra(count):
    one = series(np.arange(300.0))
    found = in_columns(one, 0, span=one.span, count=count)
    edges = np.linspace(*one.span, count + 1)
    if count < 300:
        for column in range(count):
            inside = (one.at >= edges[column]) & (one.at < edges[column + 1])
            assert found.g[column, 0] == pytest.approx(one.at[inside].mean(), rel=1e-5)
    else:
        assert np.isfinite(found.g).all()
        assert np.all(np.diff(found.g[:, 0]) >= 0.0)


def test_the_worst_verdict_of_a_column_stands():
    states = np.full(1000, INSIDE)
    states[[501, 502, 503]] = EDGE, OUTSIDE, INSIDE
    states[700] = FAILED
    one = series(np.arange(1000.0), states)
    found = in_columns(one, 0, span=one.span, count=10)
    assert found.states.tolist() == [1, 1, 1, 1, 1, OUTSIDE, 1, FAILED, 1, 1]


def test_failed_spectra_do_not_enter_the_mean():
    one = series(np.arange(4.0), np.array([INSIDE, FAILED, INSIDE, INSIDE]))
    found = in_columns(one, 0, span=one.span, count=2)
    assert found.g[:, 0].tolist() == [0.0, 2.5]


def test_nothing_is_shown_in_wide_gaps():
    one = series(np.array([0.0, 1.0, 2.0, 3.0, 20.0, 21.0]))
    found = in_columns(one, 0, span=one.span, count=220)
    places = np.linspace(*one.span, 221)[:-1] + 0.05
    empty = np.isnan(found.g[:, 0])
    assert empty[(places > 4.0) & (places < 19.0)].all()
    assert not empty[(places < 3.5) | (places > 19.5)].any()
    assert (found.states[empty] == -1).all()


def test_a_difference_is_taken_from_the_first_answer_along_the_axis():
    states = np.array([INSIDE, INSIDE, FAILED])
    one = series(np.array([30.0, 20.0, 10.0]), states)
    found = in_columns(one, 0, span=one.span, count=3, minus_first=True)
    assert found.g[1:, 0].tolist() == [0.0, 10.0]


def test_rows_select_a_part_of_r():
    one = series(np.arange(5.0))
    found = in_columns(one, 0, span=one.span, count=5, rows=slice(3, 9))
    assert found.g.shape == (5, 6)


def test_a_part_of_the_axis_shows_its_spectra():
    one = series(np.arange(100.0))
    found = in_columns(one, 0, span=(39.5, 49.5), count=10)
    assert found.g[:, 0].tolist() == pytest.approx(np.arange(40.0, 50.0))


def trend(one: Series, shown: set[int], most: int = 1000):
    return trend_of(one, 0, 1, shown=frozenset(shown), span=one.span, most=most)


def test_trends_leave_out_what_is_not_wanted():
    states = np.array([INSIDE, EDGE, OUTSIDE, FAILED, INSIDE])
    one = series(np.arange(5.0), states)
    assert np.isfinite(trend(one, {INSIDE, EDGE}).value).tolist() == [
        True, True, False, False, True,
    ]  # fmt: skip
    assert np.isfinite(trend(one, {OUTSIDE}).value).tolist() == [
        False, False, True, False, False,
    ]  # fmt: skip


def test_many_spectra_share_the_points_of_a_trend():
    one = series(np.arange(10_000.0))
    found = trend(one, {INSIDE}, most=500)
    assert found.value.size == 500
    assert found.value[0] == pytest.approx(0.1 * np.arange(20).mean())
    assert found.std == pytest.approx(np.full(500, 0.01))


def table(one: Series, folder: Path) -> list[dict[str, str]]:
    series_report.write_table((one,), folder / "table.csv")
    return list(csv.DictReader(io.StringIO((folder / "table.csv").read_text())))


def test_the_table_has_a_row_per_spectrum_shell_and_quantity(tmp_path):
    one = series(np.array([100.0, 200.0, 300.0]), np.array([INSIDE, FAILED, OUTSIDE]))
    rows = table(one, tmp_path)
    assert len(rows) == 4 + 1 + 4
    assert [row["quantity"] for row in rows[:4]] == [
        "coordination_number", "distance", "sigma2", "c3",
    ]  # fmt: skip
    distance = rows[1]
    assert float(distance["value"]) == pytest.approx(10.0)
    assert float(distance["lower68"]) == pytest.approx(9.99)
    assert float(distance["upper68"]) == pytest.approx(10.01)
    assert distance["unit"] == "Å"
    assert distance["axis"] == "temperature (K)"
    assert float(distance["axis_value"]) == 100.0
    assert (rows[0]["fixed_by_training"], rows[0]["std"]) == ("yes", "")
    failed = rows[4]
    assert (failed["verdict"], failed["problem"]) == ("failed", "too short")
    assert failed["value"] == failed["prediction_digest"] == ""
    assert rows[5]["verdict"] == "outside"
    assert float(rows[5]["e0_shift_eV"]) == 5.0
    assert float(rows[5]["s02"]) == 0.9
    assert rows[5]["ensemble_digest"] == "2" * 64
    assert rows[5]["file_sha256"] == "0" * 64


def test_the_heat_map_is_written_as_numbers(tmp_path):
    one = series(np.array([100.0, 200.0]), np.array([INSIDE, FAILED]))
    series_report.write_map(one, 0, tmp_path / "map.csv")
    lines = (tmp_path / "map.csv").read_text().splitlines()
    assert lines[0].startswith("# ONNE")
    assert "Ni-Ni in 1/Å" in lines[0]
    first, second = (line.split(",") for line in lines[4:])
    assert len(lines[3].split(",")) == 3 + R.size
    assert first[:3] == ["scan 0", "100", "inside"]
    assert {float(cell) for cell in first[3:]} == {100.0}
    assert second == ["scan 1", "200", "failed"]


@pytest.mark.parametrize(
    ("kind", "minus_first", "start"),
    [("png", False, b"\x89PNG"), ("svg", True, b"<?xml"), ("pdf", False, b"%PDF")],
)
def test_the_figure_is_written(tmp_path, kind, minus_first, start):
    states = np.array([INSIDE] * 20 + [EDGE, OUTSIDE, FAILED] + [INSIDE] * 20)
    one = series(np.linspace(300.0, 600.0, 43), states)
    path = tmp_path / f"series.{kind}"
    shown = series_report.Shown(minus_first=minus_first)
    series_report.write_figure(one, shown, path, width=series_report.ONE_COLUMN)
    content = path.read_bytes()
    assert content.startswith(start)
    assert len(content) > 5_000
