"""Shell of a recipe that a verdict asks to widen."""

from onne_core.values.prediction import Widening
from onne_core.values.recipe import Recipe


def shell_to_widen(recipe: Recipe, wanted: Widening) -> int | None:
    """Return the index of the shell in ``recipe`` that ``wanted`` refers to.

    Of several shells under one head it is the one whose range ends where the head's
    does. ``None`` where the recipe has no such head.
    """
    system = recipe.system
    alike = [i for i in system.reported if system.label(i) == wanted.label]
    if not alike:
        return None
    ranges = {i: getattr(system.shells[i], wanted.quantity) for i in alike}
    if wanted.lower < wanted.old_lower:
        return min(alike, key=lambda i: ranges[i].lower)
    return max(alike, key=lambda i: ranges[i].upper)
