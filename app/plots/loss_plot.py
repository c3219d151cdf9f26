"""Loss of every member over its training."""

from dataclasses import dataclass, field

import numpy as np

from app.plots.plot import Plot
from app.plots.theme import pen


@dataclass(frozen=True, eq=False)
class LossCurve:
    """One member: step, training loss and validation loss at the same points."""

    step: np.ndarray = field(repr=False)
    training: np.ndarray = field(repr=False)
    validation: np.ndarray = field(repr=False)


@dataclass(frozen=True, eq=False)
class LossPicture:
    """All members; the ``selected`` one is lifted, -1 lifts none."""

    members: tuple[LossCurve, ...]
    selected: int = -1


class LossPlot(Plot):
    """Draws a :class:`LossPicture`."""

    def __init__(self) -> None:
        super().__init__("Loss of the members")

    def draw(self, picture: LossPicture) -> None:
        """Draw ``picture``; losses may be negative, so the axis is linear."""
        palette = self.begin(bottom="step", left="loss")
        if not picture.members:
            self.tell("No loss curves are stored.")
            return
        for index, member in enumerate(picture.members):
            lifted = index == picture.selected
            colour = palette.accent if lifted else palette.second
            width, opacity = (2.2, 1.0) if lifted else (1.1, 0.7)
            self.curve(
                member.step,
                member.training,
                pen(colour, 0.9, dash=(3.0, 2.5), opacity=0.7 * opacity),
            )
            self.curve(
                member.step,
                member.validation,
                pen(colour, width, opacity=opacity),
            )
        self.set_range(*_ranges(picture))
        ends = [float(member.validation[-1]) for member in picture.members]
        self.tell(
            f"{len(ends)} members; validation loss at the end "
            f"{min(ends):.3g} to {max(ends):.3g}."
        )


def _ranges(
    picture: LossPicture,
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return x and y ranges; the first steep fall may leave the picture."""
    values = np.concatenate(
        [np.concatenate([m.training, m.validation]) for m in picture.members]
    )
    lower, upper = float(values.min()), float(np.percentile(values, 97.0))
    margin = 0.08 * (upper - lower) or 1.0
    last = max(float(member.step[-1]) for member in picture.members)
    return (0.0, last), (lower - margin, upper + margin)
