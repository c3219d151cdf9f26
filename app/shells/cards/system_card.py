"""System card: name, absorber and edge, elements, window."""

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QGridLayout,
    QToolButton,
)

from app.look import wording
from app.shells.editor.named_range import NamedRange
from app.widgets.basics import Card, button, combo, label, problem_label, rule, say
from app.widgets.fields import LineEdit, show_values, whole_field
from app.widgets.layouts import row_of
from onne_core.values.elements import elements
from onne_core.values.recipe import Bounds, Recipe
from onne_core.values.structure import EDGES, Range, System

CHIPS_A_ROW = 4
WINDOW_BOUNDS = Bounds(0.0, 20.0, "Å⁻¹")


class SystemCard(Card):
    """Card that reports edits by field name; it holds no value of its own."""

    name_entered = Signal(str)
    element_wanted = Signal(str, object)
    edge_chosen = Signal(str)
    range_entered = Signal(str, object, bool)

    def __init__(self) -> None:
        super().__init__("System")
        self._looks: tuple[object, ...] = ()
        self.name = LineEdit()
        self.name.setAccessibleName("System name")
        self.name.setPlaceholderText("System name")
        self._chips = QGridLayout()
        self._chips.setSpacing(5)
        self.absorber = _chip()
        self.chips: dict[str, QToolButton] = {}
        self.add = button("Add element…", icon="plus")
        self.edge = combo("Edge")
        self.weight = whole_field("k-weight", 0, 3, 56)
        self.k_window = NamedRange(
            "Window, k (Å⁻¹)",
            WINDOW_BOUNDS,
            step=0.1,
            decimals=1,
            tip="Range of χ(k) passed to the networks.",
        )
        self._grids = label("", "small", wrap=True)
        self._problem = problem_label()
        self._lay_out()
        self._connect()

    def show_recipe(self, recipe: Recipe) -> None:
        """Show the system and the window of ``recipe``."""
        self.say_problem("")
        system = recipe.system
        if not (self.name.hasFocus() and self.name.isModified()):
            self.name.setText(system.name)
            self.name.setModified(False)
        self._show_elements(system)
        self._show_edges(system)
        training = recipe.training
        self.k_window.show_range(Range(training.k_min, training.k_max))
        show_values((self.weight, training.k_weight))
        radial = wording.span(recipe.radial.lower, recipe.radial.upper, decimals=1)
        longest = wording.number(recipe.scattering.r_max, 1)
        self._grids.setText(
            f"Set by the shells: <i>g</i>(<i>r</i>) on {radial} Å, paths up to "
            f"{longest} Å."
        )

    def say_problem(self, problem: str) -> None:
        """Show any other problem until the next change."""
        say(self._problem, problem)

    def _show_elements(self, system: System) -> None:
        neighbours = tuple(dict.fromkeys(shell.element for shell in system.shells))
        looks = (system.absorber, neighbours)
        if looks == self._looks:
            return
        self._looks = looks
        self.absorber.setText(system.absorber)
        name = elements()[system.absorber].name
        self.absorber.setAccessibleName(f"Absorber: {name}")
        self.absorber.setToolTip(f"Absorber {name}; click to change")
        held = [chip for chip in self.chips.values() if chip.hasFocus()]
        for chip in self.chips.values():
            self._chips.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        self.chips = {symbol: self._chip(symbol) for symbol in neighbours}
        for i, chip in enumerate(self.chips.values(), 1):
            self._chips.addWidget(chip, i // CHIPS_A_ROW, i % CHIPS_A_ROW)
        if held:
            self.absorber.setFocus()

    def _show_edges(self, system: System) -> None:
        known = elements()[system.absorber].edges
        texts = [
            f"{edge}, {wording.count(round(known[edge]))} eV" if edge in known else edge
            for edge in EDGES
        ]
        self.edge.offer(list(zip(texts, EDGES, strict=True)), system.edge)

    def _report_name(self) -> None:
        if self.name.isModified():
            self.name.setModified(False)
            self.name_entered.emit(self.name.text().strip())

    def _chip(self, symbol: str) -> QToolButton:
        chip = _chip()
        chip.setText(symbol)
        name = elements()[symbol].name
        chip.setAccessibleName(f"Neighbour: {name}")
        chip.setToolTip(f"{name.capitalize()}; click to replace it in all its shells")
        chip.clicked.connect(
            lambda _checked=False: self.element_wanted.emit(symbol, chip)
        )
        return chip

    def _connect(self) -> None:
        self.name.editingFinished.connect(self._report_name)
        self.edge.activated.connect(lambda i: self.edge_chosen.emit(EDGES[i]))
        self.k_window.entered.connect(partial(self.range_entered.emit, "window"))

    def _lay_out(self) -> None:
        self.absorber.setProperty("element", "absorber")
        self._chips.addWidget(self.absorber, 0, 0)
        self._chips.setColumnStretch(CHIPS_A_ROW, 1)
        edge = row_of((label("Edge", "second"), 1), self.edge)
        weight = row_of((label("<i>k</i>-weight", "second"), 1), self.weight)
        self.fill(self.name, self._problem, self._chips, row_of(self.add, None))
        self.fill(edge, rule(), self.k_window, weight, self._grids)


def _chip() -> QToolButton:
    chip = QToolButton()
    chip.setProperty("role", "chip")
    chip.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return chip
