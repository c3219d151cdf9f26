"""A series of predictions as arrays over its spectra."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float, Int

from onne_core.values.summary import QUANTITIES, Summary

PENDING, INSIDE, EDGE, OUTSIDE, FAILED = range(5)
"""What became of a spectrum; of several the largest counts as the worst."""

STATES = ("pending", "inside", "borderline", "outside", "failed")

GAP = 0.75
"""Share of the usual distance of two spectra up to which one stands for its
surroundings; nothing is shown in wider gaps."""


@dataclass(frozen=True, eq=False)
class Series:
    """The spectra of a series; arrays have an item per spectrum, in their order.

    ``at`` is where a spectrum lies along ``title``, NaN where that is not known.
    ``states`` are the numbers of STATES. ``g`` has a row per pair in Å^-1 on the bins
    ``r`` (Å); ``values``, ``stds`` and ``fixed`` have a row per shell and the columns
    of summary.QUANTITIES, ``limits`` holds r_min and r_max (Å), ``settings`` the E0
    shift (eV) and S0^2, each with its standard deviation. All are NaN where there is no
    answer. ``problems`` says why, by the number of the spectrum; ``reasons`` has the
    checks that were not passed, ``assumptions`` what was not checked.
    """

    names: tuple[str, ...] = field(repr=False)
    sources: tuple[str, ...] = field(repr=False)
    files: tuple[str, ...] = field(repr=False)
    """sha256 of each file."""
    digests: tuple[str, ...] = field(repr=False)
    """Digest of each prediction, empty where there is none."""
    title: str
    ensemble: tuple[str, str]
    """Name and digest."""
    at: Float[np.ndarray, " item"] = field(repr=False)
    states: Int[np.ndarray, " item"] = field(repr=False)
    pairs: tuple[str, ...]
    shells: tuple[tuple[str, str], ...]
    """Label and pair of each shell."""
    r: Float[np.ndarray, " r"] = field(repr=False)
    g: Float[np.ndarray, "item pair r"] = field(repr=False)
    values: Float[np.ndarray, "item shell 4"] = field(repr=False)
    stds: Float[np.ndarray, "item shell 4"] = field(repr=False)
    fixed: Bool[np.ndarray, "item shell 4"] = field(repr=False)
    limits: Float[np.ndarray, "item shell 2"] = field(repr=False)
    settings: Float[np.ndarray, "item 4"] = field(repr=False)
    problems: dict[int, str] = field(repr=False)
    reasons: dict[int, tuple[str, ...]] = field(default_factory=dict, repr=False)
    assumptions: dict[int, tuple[str, ...]] = field(default_factory=dict, repr=False)
    numbers: tuple[int, ...] = field(default=(), repr=False)
    """Places among all spectra, from 0, where these are those of one ensemble."""

    def number(self, index: int) -> int:
        """Return the place of spectrum ``index`` among all of them, from 0."""
        return self.numbers[index] if self.numbers else index

    @property
    def size(self) -> int:
        """Number of spectra."""
        return len(self.names)

    @cached_property
    def order(self) -> Int[np.ndarray, " known"]:
        """Indices of the spectra with a known position, along the axis."""
        known = np.flatnonzero(np.isfinite(self.at))
        return known[np.argsort(self.at[known], kind="stable")]

    @cached_property
    def span(self) -> tuple[float, float]:
        """Limits of the axis: all spectra, with half a spacing on both sides."""
        if not self.order.size:
            return 0.5, 1.5
        first, last = self.at[self.order[0]], self.at[self.order[-1]]
        half = 0.5 * self.spacing
        return float(first - half), float(last + half)

    @cached_property
    def spacing(self) -> float:
        """Typical spacing of the spectra along the axis."""
        places = np.unique(self.at[self.order])
        return float(np.median(np.diff(places))) if places.size > 1 else 1.0

    def count(self, state: int) -> int:
        """Return the number of spectra in ``state``."""
        return int(np.count_nonzero(self.states == state))

    def shell_number(self, label: str) -> int | None:
        """Return the index of the shell ``label``."""
        labels = [own for own, _ in self.shells]
        return labels.index(label) if label in labels else None


def room_for(count: int, form: Summary | None) -> dict[str, np.ndarray]:
    """Return the arrays of a series of ``count`` spectra that have no answers yet.

    ``form`` is an answer like those that will come, ``None`` if there are none.
    """
    pairs, r = form.g.shape if form else (0, 0)
    table = (count, len(form.shells) if form else 0, len(QUANTITIES))
    return {
        "states": np.full(count, PENDING),
        "g": np.full((count, pairs, r), np.nan, np.float32),
        "values": np.full(table, np.nan),
        "stds": np.full(table, np.nan),
        "fixed": np.zeros(table, bool),
        "limits": np.full((*table[:2], 2), np.nan),
        "settings": np.full((count, 4), np.nan),
    }


def put_in(arrays: dict[str, np.ndarray], index: int, one: Summary) -> None:
    """Put an answer in its place in the ``arrays`` of :func:`room_for`."""
    arrays["states"][index] = STATES.index(one.verdict)
    for name in ("g", "values", "stds", "fixed", "limits"):
        arrays[name][index] = getattr(one, name)
    arrays["settings"][index] = one.e0_shift, one.e0_shift_std, one.s02, one.s02_std


def series_of_answers(
    answers: Sequence[Summary | str],
    *,
    names: tuple[str, ...],
    sources: tuple[str, ...],
    files: tuple[str, ...],
    title: str,
    at: Float[np.ndarray, " item"],
    numbers: tuple[int, ...] = (),
) -> Series:
    """Return the series of ``answers`` of one ensemble; a text says why one failed.

    The others are as in :class:`Series`.
    """
    known = {i: one for i, one in enumerate(answers) if isinstance(one, Summary)}
    first = next(iter(known.values()), None)
    arrays = room_for(len(answers), first)
    arrays["states"][:] = FAILED
    for index, one in known.items():
        put_in(arrays, index, one)
    return Series(
        names=names,
        sources=sources,
        files=files,
        digests=tuple("" if isinstance(one, str) else one.digest for one in answers),
        title=title,
        ensemble=(first.ensemble_name, first.ensemble_digest) if first else ("", ""),
        at=at,
        pairs=first.pairs if first else (),
        shells=first.shells if first else (),
        r=first.r if first else np.zeros(0),
        **arrays,
        problems={i: one for i, one in enumerate(answers) if isinstance(one, str)},
        reasons={i: one.reasons for i, one in known.items() if one.verdict != "inside"},
        assumptions={i: one.assumptions for i, one in known.items()},
        numbers=numbers,
    )


@dataclass(frozen=True, eq=False)
class Columns:
    """A series in columns of equal width along its axis, for the screen.

    ``g`` is the mean over the spectra of a column, ``states`` the worst of them;
    columns between spectra show the nearest one, and NaN and -1 where none is near.
    """

    g: Float[np.ndarray, "column r"] = field(repr=False)
    states: Int[np.ndarray, " column"] = field(repr=False)


def in_columns(
    series: Series,
    pair: int,
    *,
    span: tuple[float, float],
    count: int,
    rows: slice = slice(None),
    minus_first: bool = False,
) -> Columns:
    """Return g(r) of one pair in ``count`` columns over ``span`` of the axis.

    ``rows`` are the bins of r; ``minus_first`` subtracts the first spectrum that has an
    answer.
    """
    low, high = span
    order = series.order
    at = series.at[order]
    inside = slice(np.searchsorted(at, low), np.searchsorted(at, high, side="right"))
    order, at = order[inside], at[inside]
    width = series.r[rows].size
    g = np.full((count, width), np.nan, np.float32)
    states = np.full(count, -1)
    if not order.size or high <= low:
        return Columns(g, states)
    column = np.clip(((at - low) / (high - low) * count).astype(int), 0, count - 1)
    starts = np.flatnonzero(np.diff(column, prepend=-1))
    filled = column[starts]
    states[filled] = np.maximum.reduceat(series.states[order], starts)
    if series.g.size:
        own = series.g[order, pair, rows]
        there = np.isfinite(own[:, 0])
        sums = np.add.reduceat(np.where(there[:, None], own, 0.0), starts, axis=0)
        weights = np.add.reduceat(there.astype(np.float32), starts)
        with np.errstate(invalid="ignore", divide="ignore"):
            g[filled] = sums / weights[:, None]
        if minus_first:
            g -= _first(series, pair, rows)
    _fill(g, states, filled, reach=GAP * series.spacing / (high - low) * count)
    return Columns(g, states)


def _first(series: Series, pair: int, rows: slice) -> Float[np.ndarray, " r"]:
    """Return g(r) of the first spectrum along the axis that has an answer."""
    own = series.g[series.order, pair]
    there = np.flatnonzero(np.isfinite(own[:, 0]))
    return own[there[0], rows] if there.size else np.zeros_like(series.r[rows])


def _fill(
    g: Float[np.ndarray, "column r"],
    states: Int[np.ndarray, " column"],
    filled: Int[np.ndarray, " filled"],
    *,
    reach: float,
) -> None:
    """Give empty columns what stands in the nearest one, up to ``reach`` columns."""
    every = np.arange(len(states))
    right = np.clip(np.searchsorted(filled, every), 0, len(filled) - 1)
    left = np.clip(right - 1, 0, None)
    nearer = np.where(
        np.abs(filled[left] - every) <= np.abs(filled[right] - every), left, right
    )
    source = filled[nearer]
    near = np.abs(source - every) <= max(reach, 0.0) + 0.5
    g[near] = g[source[near]]
    states[near] = states[source[near]]


@dataclass(frozen=True, eq=False)
class Trend:
    """One quantity along the axis, averaged over neighbours if spectra are many.

    ``std`` is the mean standard deviation of a single spectrum. NaN parts the runs
    between which spectra are left out.
    """

    at: Float[np.ndarray, " point"] = field(repr=False)
    value: Float[np.ndarray, " point"] = field(repr=False)
    std: Float[np.ndarray, " point"] = field(repr=False)


def trend_of(
    series: Series,
    shell: int,
    quantity: int,
    *,
    shown: frozenset[int],
    span: tuple[float, float],
    most: int,
) -> Trend:
    """Return a quantity of QUANTITIES along ``span``, for spectra in ``shown`` states.

    ``most`` is the largest number of points.
    """
    if shell >= len(series.shells):
        return Trend(np.zeros(0), np.zeros(0), np.zeros(0))
    order = series.order
    at = series.at[order]
    first = max(0, int(np.searchsorted(at, span[0])) - 1)
    last = int(np.searchsorted(at, span[1], side="right")) + 1
    order, at = order[first:last], at[first:last]
    value = series.values[order, shell, quantity].copy()
    std = series.stds[order, shell, quantity].copy()
    left_out = ~np.isin(series.states[order], list(shown)) | ~np.isfinite(value)
    value[left_out] = std[left_out] = np.nan
    if at.size <= most:
        return Trend(at, value, std)
    per_point = -(-at.size // most)
    starts = np.arange(0, at.size, per_point)
    counts = np.add.reduceat((~left_out).astype(float), starts)
    sizes = np.diff(starts, append=at.size)
    with np.errstate(invalid="ignore", divide="ignore"):
        return Trend(
            np.add.reduceat(at, starts) / sizes,
            np.add.reduceat(np.where(left_out, 0.0, value), starts) / counts,
            np.add.reduceat(np.where(left_out, 0.0, std), starts) / counts,
        )
