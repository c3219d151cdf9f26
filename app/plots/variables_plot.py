"""The continuous random variables of a system: envelopes, middles, a few draws."""

from dataclasses import dataclass, field

import numpy as np

from app.plots.plot import Plot
from app.plots.theme import DASHES, LABEL_ROOM, pen
from app.wording import pair as written


@dataclass(frozen=True, eq=False)
class VariableCurves:
    """Densities (Å^-1) of one shell; ``dash`` is its number among those of its pair."""

    label: str
    colour: int
    dash: int
    lower: np.ndarray = field(repr=False)
    upper: np.ndarray = field(repr=False)
    middle: np.ndarray = field(repr=False)
    samples: np.ndarray = field(repr=False)
    distance: float


@dataclass(frozen=True, eq=False)
class VariablesPicture:
    """All shells on one ``r`` (Å); the ``selected`` one is lifted, -1 lifts none."""

    r: np.ndarray = field(repr=False)
    shells: tuple[VariableCurves, ...]
    selected: int = -1


class VariablesPlot(Plot):
    """Draws a :class:`VariablesPicture`."""

    def __init__(self) -> None:
        super().__init__("Continuous random variables")

    def draw(self, picture: VariablesPicture) -> None:
        """Draw ``picture``."""
        palette = self.begin(
            bottom="<i>r</i> (Å)", left="<i>f</i>(<i>r</i>) (Å⁻¹), area 1 per shell"
        )
        top = max(float(shell.upper.max()) for shell in picture.shells)
        ends = (float(picture.r[0]), float(picture.r[-1]))
        self.set_range(ends, (0.0, top), room=LABEL_ROOM)
        for index, shell in enumerate(picture.shells):
            lifted = picture.selected in (-1, index)
            colour = palette.of_pair(shell.colour)
            self.fill_between(
                picture.r, shell.lower, shell.upper, colour, 0.18 if lifted else 0.06
            )
            for sample in shell.samples if lifted else ():
                self.curve(picture.r, sample, pen(colour, 0.8, opacity=0.55))
            style = pen(
                colour,
                2.0,
                dash=DASHES[shell.dash % len(DASHES)],
                opacity=1.0 if lifted else 0.35,
            )
            self.curve(picture.r, shell.middle, style)
            inside = float(shell.upper.max())
            self.note(
                written(shell.label), shell.distance, inside, colour, anchor=(0.5, 1.0)
            )
        names = ", ".join(shell.label for shell in picture.shells)
        self.tell(f"Densities of the distances of {names}.")
