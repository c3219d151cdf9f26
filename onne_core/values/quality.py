"""How good an ensemble is to be: what each choice spends."""

from dataclasses import dataclass, replace
from typing import Literal

from onne_core.values.recipe import Recipe

Quality = Literal["quick", "standard", "thorough"]

FIRST = 50
"""Macrostates of the first round."""

ONE_SHELL = 100
"""Macrostates beyond which a single shell gains nothing in a quick look."""


@dataclass(frozen=True)
class Level:
    """What a choice spends.

    ``most`` is the largest number of macrostates, each averaged over ``microstates``.
    With ``adapts`` the set is doubled from FIRST on while that helps. ``members``,
    ``width``, ``steps`` and ``held_out`` are those of the training; ``minutes`` is the
    usual time for a crystal of four shells on two cores.
    """

    most: int
    microstates: int
    members: int
    width: int
    steps: int
    held_out: float
    adapts: bool
    minutes: int

    def rounds(self, recipe: Recipe) -> tuple[int, ...]:
        """Return the rising numbers of macrostates of a set for ``recipe``."""
        if not self.adapts:
            return (ONE_SHELL if len(recipe.system.heads) == 1 else self.most,)
        counts = [FIRST]
        while counts[-1] < self.most:
            counts.append(min(2 * counts[-1], self.most))
        return tuple(counts)

    def recipe(self, recipe: Recipe, macrostates: int) -> Recipe:
        """Return ``recipe`` with ``macrostates`` and the numbers of this level."""
        return replace(
            recipe,
            sampling=replace(
                recipe.sampling,
                macrostates=macrostates,
                microstates=self.microstates,
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
    "quick": Level(150, 6, 3, 128, 1000, 0.3, adapts=False, minutes=2),
    "standard": Level(400, 8, 6, 160, 2000, 0.25, adapts=True, minutes=10),
    "thorough": Level(1600, 12, 6, 160, 3200, 0.2, adapts=True, minutes=40),
}
"""The choices, the cheapest first."""
