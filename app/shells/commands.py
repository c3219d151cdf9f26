"""Commands of Shells: a new system, its file, structures for directions."""

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.look import wording
from app.session.opening import Opening
from app.session.session import Session
from app.shells.editor.element_picker import ElementPicker
from app.shells.forward import Forward
from app.shells.new_system import new_recipe
from app.shells.peaks_dialog import PeaksDialog
from app.widgets.dialogs import FileDialogs
from app.work.stages import of_pipeline
from onne_core import files
from onne_core.errors import OnneError
from onne_core.locations import phases_folder
from onne_core.values.peaks import peaks_of
from onne_core.values.recipe import Recipe, recipe_to_json
from onne_core.values.recipe.editing import with_system, with_taken
from onne_core.values.shells_of_structure import StructureShells
from onne_core.values.structure import Shell

if TYPE_CHECKING:
    from app.shells.material.dialog import MaterialDialog

STRUCTURES = (
    "Structures (*.cif *.xyz *.extxyz *.vasp POSCAR* CONTCAR* XDATCAR* *.pdb *.traj);;"
    "All files (*)"
)


class SystemCommands(QObject):
    """Commands around the system; they ask where needed.

    ``ensemble_wanted`` carries a recipe of which an ensemble is to be made, and how
    good.
    """

    ensemble_wanted = Signal(object, str)

    def __init__(self, session: Session, opening: Opening, window: QWidget) -> None:
        super().__init__(window)
        self._session, self._opening, self._window = session, opening, window
        self._ask = FileDialogs(window, session.preferences)
        self._absorber = ""
        self.forward = Forward(
            session.run, session.service.preview, phases_folder(), self
        )
        self.forward.changed.connect(session.changed)
        opening.structure_arrived.connect(self.take_ranges)

    def new(self) -> None:
        """Ask for absorber and nearest neighbour, and show their system in Shells."""
        picker = ElementPicker("Choose the absorber", "Next:", self._window)
        picker.stays = True
        picker.chosen.connect(lambda symbol: self._take_element(picker, symbol))
        picker.show_in(self._window)

    def new_ensemble(self) -> None:
        """Ask for a material, show the shells that follow, and use them."""
        # Imported here: it brings the tables of materials along.
        from app.shells.material.dialog import MaterialDialog

        entry = self._session.view().entry
        made = entry.reduction if entry else None
        measured = made.absorption.element if made else ""
        spectrum = entry.spectrum if entry else None
        dialog = MaterialDialog(spectrum, measured, self.forward, self._window)
        dialog.chosen.connect(self._take_material)
        dialog.crystal_wanted.connect(lambda: self._ask_crystal(dialog))
        dialog.structures_wanted.connect(
            lambda absorber: self._ask_structures(dialog, absorber)
        )
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def check_ranges(self) -> None:
        """Make the forward preview of the system on screen."""
        recipe = self._session.view().recipe
        if recipe is not None:
            self.forward.start(recipe)

    def save(self) -> bool:
        """Ask for a path and write the system on screen; return if it was saved."""
        recipe = self._session.view().recipe
        if recipe is None:
            return False
        name = recipe.system.name or recipe.system.absorber
        stem = "-".join(name.lower().split()) or "system"
        path = self._ask.place(
            "Save system as", name=f"{stem}.json", pattern="Systems (*.json)"
        )
        if path is None:
            return False
        if not path.suffix:
            path = path.with_suffix(".json")
        try:
            files.write_text(path, json.dumps(recipe_to_json(recipe), indent=2) + "\n")
        except OnneError as error:
            self._session.tell("System not saved", str(error), "error")
            return False
        self._session.document.note_kept(recipe)
        text = "Open it with File > Open system, or use it on the command line."
        self._session.tell(f"Saved {path.name}", text, "good")
        return True

    def _take_material(self, recipe: Recipe, quality: str) -> None:
        """Take the recipe in one undo step, and queue its ensemble or check it."""
        self._opening.show_recipe(recipe, f"New ensemble {recipe.system.name}")
        if quality:
            self.ensemble_wanted.emit(recipe, quality)
        else:
            self.check_ranges()

    def _ask_crystal(self, dialog: "MaterialDialog") -> None:
        def read(path: Path) -> None:
            job = self._session.start(
                f"Reading {path.name}",
                of_pipeline("sets.crystal_file", "read_crystal_file"),
                str(path),
            )
            job.finished.connect(lambda content: dialog.take_crystal(path, content))
            job.failed.connect(lambda failed: dialog.say(failed.message))

        self._ask.file("Crystal", STRUCTURES, read)

    def _ask_structures(self, dialog: "MaterialDialog", absorber: str) -> None:
        def read(path: Path) -> None:
            job = self._session.start(
                f"Reading {path.name}",
                of_pipeline("sets.ranges_from_structure", "take_shells"),
                str(path),
                absorber,
            )
            job.finished.connect(lambda taken: dialog.take_structures(absorber, taken))
            job.failed.connect(lambda failed: dialog.say(failed.message))

        self._ask.file("Structures", STRUCTURES, read)

    def take_structure(self) -> None:
        """Ask for a structure file and take its shells."""
        self._ask.file("Ranges from a structure", STRUCTURES, self.take_ranges)

    def take_ranges(self, path: Path) -> None:
        """Take the shells around the absorber from a structure file."""
        recipe = self._session.view().recipe
        if recipe is None:
            self._session.tell(
                f"No ranges taken from {path.name}",
                "No system yet. Choose File > New system first.",
                "error",
            )
            return
        job = self._session.run(
            f"Reading {path.name}",
            of_pipeline("sets.ranges_from_structure", "take_shells"),
            str(path),
            recipe.system.absorber,
        )
        job.finished.connect(self._take_shells)

    def _take_shells(self, taken: StructureShells) -> None:
        """Replace the shells by ``taken`` in one undo step, with a notice."""
        recipe, name = self._session.view().recipe, Path(taken.path).name
        if recipe is None:
            return
        try:
            changed = with_taken(recipe, taken.shells, taken.template)
        except OnneError as error:
            self._session.tell(f"No ranges taken from {name}", str(error), "error")
            return
        self._opening.show_recipe(changed, f"Take ranges from {name}")
        self._session.tell(
            f"{len(taken.shells)} shells taken from {name}",
            f"From {wording.count(taken.environments)} sites of "
            f"{changed.system.absorber}. Each range includes a margin; please check "
            "it. Undo restores the previous shells.",
            "good",
        )

    def take_peaks(self) -> None:
        """Ask which peaks of the selected spectrum to turn into shells."""
        view = self._session.view()
        recipe, entry = view.recipe, view.entry
        if recipe is None or entry is None:
            return
        training = recipe.training
        peaks = peaks_of(
            entry.spectrum,
            k_min=training.k_min,
            k_max=training.k_max,
            power=training.k_weight,
        )
        if not peaks:
            self._session.tell(
                f"No peaks in {entry.name}",
                "|χ(R)| has no peak between 0.9 and 6 Å with this window. Change the "
                "window.",
                "error",
            )
            return
        made = self.forward.of(recipe)
        elements = tuple(dict.fromkeys(shell.element for shell in recipe.system.shells))
        dialog = PeaksDialog(
            entry.name, peaks, elements, made.shifts if made else {}, self._window
        )
        dialog.chosen.connect(lambda shells: self._take_peaks(entry.name, shells))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _take_peaks(self, name: str, shells: tuple[Shell, ...]) -> None:
        recipe = self._session.view().recipe
        if recipe is not None:
            changed = with_taken(recipe, shells)
            self._opening.show_recipe(changed, f"Take ranges from {name}")

    def choose_template(self) -> None:
        """Ask for a structure file that gives the clusters their directions."""
        self._ask.file("Directions from a structure", STRUCTURES, self._take_template)

    def _take_template(self, path: Path) -> None:
        recipe = self._session.view().recipe
        if recipe is not None:
            angles = replace(recipe.system.angles, template=str(path))
            changed = with_system(recipe, angles=angles)
            self._session.edit_recipe(changed, f"Directions: {path.name}")

    def _take_element(self, picker: ElementPicker, symbol: str) -> None:
        """Take the absorber and ask for its neighbour, or make the system of both."""
        if picker.stays:
            self._absorber, picker.stays = symbol, False
            title = f"Nearest neighbour of {symbol}"
            picker.ask_again(title, "Use", absorber=symbol, marked="O")
            return
        recipe = new_recipe(self._absorber, symbol)
        self._opening.show_recipe(recipe, f"New system {recipe.system.name}")
