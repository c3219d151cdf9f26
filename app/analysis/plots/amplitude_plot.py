"""S0^2 against the coordination number of a shell, as the joint fit knows them."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from app.look import theme, wording
from app.plots.plot import Plot
from app.plots.theme import pen
from onne_core.values.prediction import Estimate

LEVELS = (0.95, 0.68)
"""Probability within the ellipses, the outer one first."""

AROUND = 1.15
"""Half width of the plot in half widths of the outer ellipse."""

LEFT_ROOM = 50
"""Room for the labels of S0^2, px."""


@dataclass(frozen=True)
class AmplitudePicture:
    """Content of the plot: CN of shell ``label``, S0^2, and their correlation.

    ``before`` is S0^2 before the fit, with the word for where it comes from;
    ``pair`` is the number of the pair, which decides the colour.
    """

    label: str
    pair: int
    coordination: Estimate
    s02: Estimate
    correlation: float
    before: Estimate
    word: str


class AmplitudePlot(Plot):
    """Plot of an :class:`AmplitudePicture`."""

    def __init__(self) -> None:
        super().__init__("S0² against coordination number")
        self.setMinimumSize(150, 80)
        self.axis("left").set_room(LEFT_ROOM)

    def draw(self, picture: AmplitudePicture) -> None:
        """Draw ``picture``, unless it is there."""
        if self.is_drawn(picture):
            return
        label = wording.pair(picture.label)
        palette = self.begin(bottom=f"CN of {label}", left="<i>S</i>₀²")
        colour = palette.of_pair(picture.pair)
        half = AROUND * radius(LEVELS[0])
        x, y = (
            (one.value - half * one.std, one.value + half * one.std)
            for one in (picture.coordination, picture.s02)
        )
        self.set_range(x, y)
        before = picture.before
        low, high = before.value - before.std, before.value + before.std
        self.area(
            np.array([x[0], x[1], x[1], x[0]]),
            np.array([low, low, high, high]),
            palette.shade,
        )
        for level, opacity in zip(
            LEVELS, (palette.band95, palette.band68 + 0.2), strict=True
        ):
            ring = ellipse(picture, level)
            self.area(*ring, colour, opacity)
            self.curve(*ring, pen(colour, 1.0))
        self.dot(picture.coordination.value, picture.s02.value, palette.text, 2.5)
        # The ellipses lean the other way: this corner of the band is empty.
        self.note(
            picture.word,
            x[0],
            min(max(low, y[0]), y[1]),
            palette.second,
            anchor=(-0.1, 1.05),
            size=theme.SIZE_SMALL,
        )
        self.tell(_sentence(picture))


def radius(level: float) -> float:
    """Return the radius, in standard deviations, that holds ``level`` of a Gaussian.

    In two dimensions: level = 1 - exp(-radius^2 / 2).
    """
    return math.sqrt(-2.0 * math.log(1.0 - level))


def ellipse(
    picture: AmplitudePicture, level: float
) -> tuple[Float[np.ndarray, " point"], Float[np.ndarray, " point"]]:
    """Return CN and S0^2 along the line that holds ``level`` of the probability."""
    angle = np.linspace(0.0, 2.0 * np.pi, 61)
    first, second = radius(level) * np.cos(angle), radius(level) * np.sin(angle)
    rho = picture.correlation
    number, s02 = picture.coordination, picture.s02
    mixed = rho * first + math.sqrt(1.0 - rho**2) * second
    return number.value + number.std * first, s02.value + s02.std * mixed


def _sentence(picture: AmplitudePicture) -> str:
    value, std = wording.value_and_std(picture.s02)
    low = picture.before.value - picture.before.std
    high = picture.before.value + picture.before.std
    number = wording.spoken(f"CN of {picture.label}", picture.coordination)
    return (
        f"S0² {value} ± {std} against {number}; correlation "
        f"{wording.number(picture.correlation, 2)}. Before the fit, {picture.word}: "
        f"{wording.number(low, 2)} to {wording.number(high, 2)}."
    )
