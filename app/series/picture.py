"""Content of the plots of a series, and its description."""

from dataclasses import dataclass, field

import numpy as np

from app.look.palette import Palette
from app.look.wording import pair as written
from onne_core.results.series import EDGE, FAILED, INSIDE, OUTSIDE, STATES, Series

HEIGHTS = {INSIDE: 0.3, EDGE: 0.62, OUTSIDE: 1.0, FAILED: 1.0}
"""A worse verdict stands higher in the strip, so that it is seen without colours."""


@dataclass(frozen=True, eq=False)
class SeriesPicture:
    """Picture of a series. ``pair`` and ``shell`` are indices of its own.

    ``shown`` are the states of spectra included in the trends. ``rows`` limits r (Å).
    ``trained`` holds the trained range of N, R (Å) and sigma^2 (Å^2) where it is known.
    """

    series: Series = field(repr=False)
    pair: int = 0
    shell: int = 0
    shown: frozenset[int] = frozenset((INSIDE, EDGE))
    rows: tuple[float, float] | None = None
    minus_first: bool = False
    trained: tuple[tuple[float, float], ...] = ()

    @property
    def bins(self) -> slice:
        """The bins of r that are shown."""
        r = self.series.r
        if self.rows is None or not r.size:
            return slice(0, r.size)
        first, last = np.searchsorted(r, self.rows)
        return slice(int(first), max(int(first) + 2, int(last)))

    @property
    def heading(self) -> str:
        """Heading of the heat map, as rich text."""
        pairs = self.series.pairs
        delta, first = (
            ("Δ", " from the first spectrum") if self.minus_first else ("", "")
        )
        name = f"{written(pairs[self.pair]) if pairs else ''} {delta}<i>g</i>(<i>r</i>)"
        return f'<span style="font-weight:600">{name}</span>{first} (Å⁻¹)'


def colour_of(state: int, palette: Palette) -> str:
    """Return the colour of a state."""
    if state == FAILED:
        return palette.text
    return str(getattr(palette, STATES[state], palette.second))


def spoken(series: Series) -> str:
    """Return number, place and verdicts of the spectra as a sentence."""
    low, high = series.span
    states = ", ".join(
        f"{series.count(state)} {STATES[state]}"
        for state in HEIGHTS
        if series.count(state)
    )
    return (
        f"{series.size} spectra over {series.title}, {low:.4g} to {high:.4g}; {states}."
    )


def spoken_trend(title: str, values: np.ndarray) -> str:
    """Return the least and the largest of ``values`` as a sentence."""
    name = title.replace("<i>", "").replace("</i>", "")
    if not np.isfinite(values).any():
        return f" {name}: no values."
    return f" {name} from {np.nanmin(values):.4g} to {np.nanmax(values):.4g}."
