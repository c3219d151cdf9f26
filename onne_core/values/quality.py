"""How good an ensemble is to be: what each choice spends."""

from dataclasses import dataclass, replace
from typing import Literal

from onne_core.values.recipe import Recipe

Quality = Literal["quick", "standard", "thorough"]

FIRST = 50
"""Macrostates of the first round."""

MICROSTATES = 8
"""Microstates that every macrostate is averaged over."""


@dataclass(frozen=True)
class Level:
    """What a choice spends.

    ``most`` is the largest number of macrostates, each averaged over MICROSTATES:
    the same for all levels, so that a better one goes on with the set of another.
    The set is doubled from FIRST on until twice in sequence errors fall by less than
    the share ``least_gain``; without one it is made at once. ``members``,
    ``width``, ``steps`` and ``held_out`` are those of the training; ``minutes`` are the
    usual times on two cores for one shell, and for a crystal of four.
    """

    most: int
    members: int
    width: int
    steps: int
    held_out: float
    least_gain: float | None
    minutes: tuple[int, int]

    @property
    def rounds(self) -> tuple[int, ...]:
        """The rising numbers of macrostates of a set."""
        if self.least_gain is None:
            return (self.most,)
        counts = [FIRST]
        while counts[-1] < self.most:
            counts.append(min(2 * counts[-1], self.most))
        return tuple(counts)

    def minutes_for(self, recipe: Recipe) -> int:
        """Return the usual time for ``recipe`` on two cores, min."""
        return self.minutes[has_several(recipe)]

    def recipe(self, recipe: Recipe, macrostates: int) -> Recipe:
        """Return ``recipe`` with ``macrostates`` and the numbers of this level."""
        return replace(
            recipe,
            sampling=replace(
                recipe.sampling,
                macrostates=macrostates,
                microstates=MICROSTATES,
            ),
            training=replace(
                recipe.training,
                members=self.members,
                width=self.width,
                steps=self.steps,
                held_out=self.held_out,
            ),
        )


LEVELS: dict[Quality, Level] = {
    "quick": Level(160, 3, 128, 1000, 0.375, least_gain=None, minutes=(1, 2)),
    "standard": Level(400, 6, 160, 2000, 0.3, least_gain=0.10, minutes=(3, 10)),
    "thorough": Level(1600, 6, 160, 3200, 0.25, least_gain=0.05, minutes=(8, 40)),
}
"""The choices, the cheapest first."""


@dataclass(frozen=True)
class ExpectedErrors:
    """rms errors of the first shell: R in Å, N and sigma^2 as shares of them."""

    coordination: float
    distance: float
    sigma2: float


EXPECTED: dict[Quality, tuple[ExpectedErrors, ExpectedErrors]] = {
    "quick": (ExpectedErrors(0.11, 0.015, 0.25), ExpectedErrors(0.07, 0.010, 0.21)),
    "standard": (ExpectedErrors(0.11, 0.015, 0.22), ExpectedErrors(0.07, 0.008, 0.17)),
    "thorough": (ExpectedErrors(0.11, 0.014, 0.22), ExpectedErrors(0.06, 0.007, 0.17)),
}
"""Errors on held-out spectra with all nuisances of a measurement, for one shell and for
crystals of several, whose shells move together: docs/making.md has the ensembles."""


def errors_expected(recipe: Recipe, quality: Quality) -> ExpectedErrors:
    """Return the errors that an ensemble of ``quality`` usually has."""
    return EXPECTED[quality][has_several(recipe)]


def has_several(recipe: Recipe) -> bool:
    """Return whether more than one shell is reported."""
    return len(recipe.system.heads) > 1
