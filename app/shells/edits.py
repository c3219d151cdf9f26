"""Edits of a system as new recipes; refusals in words."""

import re
from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from app.look import wording
from app.shells.cards.structure_card import USUAL_MOTION
from app.shells.editor.shell_row import NAMES
from app.shells.new_system import first_shell
from onne_core.errors import DefinitionError
from onne_core.values.elements import usual_edge
from onne_core.values.recipe import Quantity, Recipe
from onne_core.values.recipe.editing import (
    duplicated,
    inserted,
    moved,
    next_shell,
    removed,
    with_shell,
    with_shells,
    with_stage,
    with_system,
)
from onne_core.values.structure import Range

JITTER_ALONE, JITTER_TOGETHER = (0.4, 0.9), (0.85, 1.15)
"""Usual jitter of atoms that move by themselves and of those that move together."""

_PLACE = re.compile(r"^[a-z_0-9.\[\], ]+: (?=.)")
_SHELL = re.compile(r"\bshells\[(\d+)\](?:\.\w+)?")


class ShellEdits(QObject):
    """Turn edits into recipes: ``edited`` once per step, ``previewed`` while dragged.

    ``refused`` names the shell (-1 for the system), the field and the problem;
    ``shell_wanted`` is the shell to look at next.
    """

    edited = Signal(object, str, str)
    previewed = Signal(object)
    refused = Signal(int, str, str)
    shell_wanted = Signal(int)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.recipe: Recipe | None = None
        self._preview: Recipe | None = None

    def show(self, recipe: Recipe | None) -> None:
        """Edit ``recipe`` from now on, unless it is the preview of this one."""
        if self._preview is None or recipe != self._preview:
            self.recipe, self._preview = recipe, None

    def set_range(
        self, shell: int, quantity: Quantity, item: Range, is_step: bool = False
    ) -> bool:
        """Set a range of ``shell``; return whether it changed.

        Consecutive steps are undone together.
        """
        text = f"{NAMES[quantity]} of {self._name(shell)}"
        merge = f"{shell} {quantity}" if is_step else ""
        return self._change_shell(shell, text, merge, **{quantity: item})

    def preview_range(self, shell: int, quantity: Quantity, item: Range) -> None:
        """Show a range without setting it."""
        recipe = self.recipe
        if recipe is None:
            return
        try:
            changed = with_shell(recipe, shell, **{quantity: item})
        except DefinitionError as error:
            self.refused.emit(shell, quantity, said(error, recipe))
            return
        self._preview = changed
        self.previewed.emit(changed)

    def drop_range(self, shell: int, quantity: Quantity, item: Range) -> None:
        """Set the previewed range; end the preview if it is unchanged."""
        self._preview = None
        if not self.set_range(shell, quantity, item):
            self.previewed.emit(None)

    def end_preview(self) -> None:
        """End the preview."""
        self._preview = None
        self.previewed.emit(None)

    def set_reported(self, shell: int, reported: bool) -> None:
        """Report a shell, or exclude it."""
        text = "Report" if reported else "Exclude"
        self._change_shell(shell, f"{text} {self._name(shell)}", reported=reported)

    def set_head(self, shell: int, head: str) -> None:
        """Report a shell under the name ``head``."""
        self._change_shell(shell, f"Reported name of {self._name(shell)}", head=head)

    def set_element(self, shell: int, element: str) -> None:
        """Change the element of a shell; its reported name is reset."""
        text = f"Change {self._name(shell)} to {element}"
        self._change_shell(shell, text, element=element, head="")

    def exchange_element(self, old: str, new: str) -> None:
        """Replace element ``old`` by ``new`` in all shells."""
        self._do(
            f"Change {old} to {new}",
            lambda recipe: with_shells(
                recipe,
                [
                    replace(shell, element=new) if shell.element == old else shell
                    for shell in recipe.system.shells
                ],
            ),
        )

    def set_absorber(self, absorber: str) -> None:
        """Change the absorber, at its usual edge; a pure metal stays one."""

        def changed(recipe: Recipe) -> Recipe:
            old = recipe.system
            pure = all(shell.element == old.absorber for shell in old.shells)
            shells = tuple(
                replace(shell, element=absorber) if pure else shell
                for shell in old.shells
            )
            edge = usual_edge(absorber)
            return with_system(recipe, absorber=absorber, edge=edge, shells=shells)

        self._do(f"Absorber {absorber}", changed)

    def set_edge(self, edge: str) -> None:
        """Change the edge."""
        self._do(f"{edge} edge", lambda recipe: with_system(recipe, edge=edge))

    def set_name(self, name: str) -> None:
        """Rename the system."""
        self._do("Rename system", lambda recipe: with_system(recipe, name=name))

    def set_template(self, template: str | None) -> None:
        """Take the neighbour directions from ``template``, None for free angles."""

        def changed(recipe: Recipe) -> Recipe:
            angles = replace(recipe.system.angles, template=template)
            return with_system(recipe, angles=angles)

        self._do(f"Directions: {template or 'free'}", changed)

    def set_motion(self, together: bool) -> None:
        """Set correlated or independent motion of the atoms of a template.

        The jitter is in other units then: what is usual for the one becomes what is
        usual for the other.
        """

        def changed(recipe: Recipe) -> Recipe:
            angles = recipe.system.angles
            jitter = angles.jitter
            if jitter == (JITTER_ALONE, JITTER_TOGETHER)[not together]:
                jitter = (JITTER_ALONE, JITTER_TOGETHER)[together]
            motion = USUAL_MOTION if together else None
            angles = replace(angles, motion=motion, jitter=jitter)
            return with_system(recipe, angles=angles)

        words = "Correlated motion" if together else "Independent motion"
        self._do(words, changed)

    def set_share(self, name: str, share: float) -> None:
        """Change the share of clusters on a template, or with vacancies on one side."""
        words = {
            "template_share": "Clusters with directions",
            "sided_share": "Vacancies on one side",
        }

        def changed(recipe: Recipe) -> Recipe:
            angles = replace(recipe.system.angles, **{name: share})
            return with_system(recipe, angles=angles)

        self._do(words[name], changed, merge=name)

    def set_common(self, name: str, item: Range, is_step: bool = False) -> None:
        """Change a common factor, the jitter or the window.

        Consecutive steps are undone together.
        """

        def changed(recipe: Recipe) -> Recipe:
            if name == "window":
                return with_stage(
                    recipe, "training", k_min=item.lower, k_max=item.upper
                )
            if name in ("jitter", "motion"):
                ends = {name: (item.lower, item.upper)}
                angles = replace(recipe.system.angles, **ends)
                return with_system(recipe, angles=angles)
            return with_system(recipe, **{name: item})

        words = {
            "distance_scale": "Distance factor",
            "coordination_scale": "CN factor",
            "sigma_scale": "σ factor",
            "inverse_diameter": "Particle diameter",
            "jitter": "Jitter",
            "motion": "Correlated share",
            "window": "Window",
        }
        self._do(words[name], changed, place=(-1, name), merge=name if is_step else "")

    def set_weight(self, weight: int) -> None:
        """Change the k-weight."""
        self._do(
            "k-weight",
            lambda recipe: with_stage(recipe, "training", k_weight=weight),
            merge="weight",
        )

    def set_sampling(self, macrostates: int, microstates: int, seed: int) -> None:
        """Change the numbers of macrostates and microstates, and the seed."""
        self._do(
            "Number of samples",
            lambda recipe: with_stage(
                recipe,
                "sampling",
                macrostates=macrostates,
                microstates=microstates,
                seed=seed,
            ),
            merge="sampling",
        )

    def add_shell(self, after: int) -> None:
        """Add a shell like number ``after``, farther out."""
        if self.recipe is None:
            return
        shells = self.recipe.system.shells
        place = after + 1 if 0 <= after < len(shells) else len(shells)
        new = next_shell(shells[place - 1])
        self._insert(place, "Add shell", lambda recipe: inserted(recipe, place, new))

    def add_element(self, element: str) -> None:
        """Add a shell of ``element`` at a typical bond length."""
        if self.recipe is None:
            return
        place = len(self.recipe.system.shells)
        new = first_shell(self.recipe.system.absorber, element)
        self._insert(
            place, f"Add {element}", lambda recipe: inserted(recipe, place, new)
        )

    def do(self, shell: int, action: str) -> None:
        """Duplicate, move or remove a shell."""
        name = self._name(shell)
        if action == "duplicate":
            self._insert(
                shell + 1, f"Duplicate {name}", lambda recipe: duplicated(recipe, shell)
            )
        elif action == "remove":
            self._do(f"Remove {name}", lambda recipe: removed(recipe, shell))
        elif action in ("up", "down"):
            by = -1 if action == "up" else 1
            text = f"Move {name} {action}"
            if self._do(text, lambda recipe: moved(recipe, shell, by)):
                self.shell_wanted.emit(shell + by)

    def _change_shell(
        self, shell: int, text: str, merge: str = "", /, **changes: object
    ) -> bool:
        """Change fields of a shell; a refusal stands at the first of them."""
        return self._do(
            text,
            lambda recipe: with_shell(recipe, shell, **changes),
            place=(shell, next(iter(changes))),
            merge=merge,
        )

    def _insert(
        self, place: int, text: str, changed: Callable[[Recipe], Recipe]
    ) -> None:
        if self._do(text, changed):
            self.shell_wanted.emit(place)

    def _do(
        self,
        text: str,
        changed: Callable[[Recipe], Recipe],
        *,
        place: tuple[int, str] = (-1, ""),
        merge: str = "",
    ) -> bool:
        """Report the changed recipe, or the refusal."""
        self._preview = None
        if self.recipe is None:
            return False
        try:
            recipe = changed(self.recipe)
        except DefinitionError as error:
            self.refused.emit(*place, said(error, self.recipe))
            return False
        if recipe == self.recipe:
            return False
        self.edited.emit(recipe, text, merge)
        return True

    def _name(self, shell: int) -> str:
        if self.recipe is None or not 0 <= shell < len(self.recipe.system.shells):
            return f"shell {shell + 1}"
        return wording.pair(self.recipe.system.label(shell))


def said(error: DefinitionError, recipe: Recipe) -> str:
    """Return a recipe error in the words of the window."""
    text = _PLACE.sub("", str(error))
    shells = recipe.system.shells

    def name(match: re.Match[str]) -> str:
        index = int(match[1])
        return recipe.system.label(index) if index < len(shells) else match[0]

    text = _SHELL.sub(name, text)
    return wording.sentence(text[:1].upper() + text[1:])
