"""The Shells tab: the system, its ranges, the curves they allow, checks and cost."""

from PySide6.QtWidgets import QStackedWidget, QWidget

from app.look import theme, wording
from app.session.page import WIDE, Page, Steps, scrolled, scrolled_cards, split_in
from app.session.view import View
from app.shells.cards.cost_card import CostCard
from app.shells.cards.fit_card import FitCard
from app.shells.cards.preview_card import PreviewCard
from app.shells.cards.structure_card import StructureCard
from app.shells.cards.system_card import SystemCard
from app.shells.cards.take_card import TakeCard
from app.shells.editor.element_picker import ElementPicker
from app.shells.editor.shells_editor import ShellsEditor
from app.shells.edits import ShellEdits
from app.shells.envelopes import envelopes_of, prepare
from app.shells.forward import Forward
from app.shells.plots.band_plot import BandPlot
from app.shells.plots.variables_plot import (
    VariableCurves,
    VariablesPicture,
    VariablesPlot,
)
from app.shells.training_cost import cost_of
from app.widgets.basics import Card, button, icon_button, label
from app.widgets.empty import EmptyState
from app.widgets.layouts import column_of
from app.widgets.legend import Key, Legend
from app.work.machine import cores
from onne_core.clusters.crowding import findings
from onne_core.values.recipe import Recipe
from onne_core.values.structure import System

LEFT, RIGHT = 272, 316
POINTS = 260


class ShellsPage(Page):
    """Page of the opened system, or that of the chosen ensemble; reports edits."""

    def __init__(self) -> None:
        super().__init__("Shells")
        self._recipe: Recipe | None = None
        self._shown: tuple[object, ...] = ()
        self._selected = 0
        self.edits = ShellEdits(self)

    def build(self) -> Steps:
        """Build the three columns, or the empty state without a system."""
        self.system, self.structure = SystemCard(), StructureCard()
        self.editor = ShellsEditor()
        self.take, self.fit, self.cost = TakeCard(), FitCard(), CostCard()
        yield
        self.plot = VariablesPlot()
        yield
        chi = BandPlot("Preview of chi of k")
        yield
        magnitude = BandPlot("Preview of the magnitude of chi of R")
        self.preview = PreviewCard(chi, magnitude)
        self._build_tools()
        yield
        self._stack = QStackedWidget()
        column_of(self._stack, within=self)
        content = QWidget()
        self._stack.addWidget(content)
        self._stack.addWidget(self._empty())
        columns = (self._left(), self._middle(), self._right())
        yield
        split_in(content, "shells", *columns, widths=(LEFT, WIDE, RIGHT))
        self._connect()

    def prepare(self, recipe: Recipe) -> Steps:
        """Calculate in advance what the system of ``recipe`` shows."""
        return prepare(recipe.system, points=POINTS)

    def _build_tools(self) -> None:
        self.source = label("", "small", wrap=True)
        self.back = button("Back to the ensemble's system", role="link")
        self.build_button = button(
            "Build structures", role="primary", icon="structures"
        )
        self._check = button("Check ranges", self.preview.start.click, icon="inside")
        self._check.setToolTip("Calculate spectra of a few macrostates")
        self.new_ensemble = button("New ensemble…", icon="plus")
        self._add_tools(self.new_ensemble, self._check, self.build_button)

    def show_view(self, view: View) -> None:
        """Show the system of ``view``."""
        recipe = view.recipe
        self._stack.setCurrentIndex(0 if recipe is not None else 1)
        self.build_button.setEnabled(recipe is not None)
        self.edits.show(recipe)
        opened = view.project.recipe is not None
        self.back.setVisible(opened and view.ensemble is not None)
        if recipe is None:
            self._recipe = None
            return
        name = view.ensemble.name if view.ensemble else ""
        self.source.setText(
            "This system belongs to the project."
            if opened
            else f"System of ensemble {name}. Your first change makes a copy for this "
            "project; the ensemble is not changed."
        )
        self._recipe = recipe
        self._selected = min(self._selected, len(recipe.system.shells) - 1)
        self._draw()

    def show_forward(self, view: View, forward: Forward) -> None:
        """Show the preview of the system, with checks and cost."""
        self.preview.show_view(view, forward)
        self.take.show_spectrum(view.entry.name if view.entry else "")
        recipe = view.recipe
        self._check.setEnabled(recipe is not None and forward.job is None)
        if recipe is not None:
            made = forward.of(recipe)
            seconds = made.seconds if made is not None else None
            cost = cost_of(recipe, seconds=seconds, cores=cores())
            self.cost.show_recipe(recipe, cost)

    def columns(self) -> tuple[QWidget, ...]:
        """Return where F6 goes."""
        if self._recipe is None:
            return (self.new,)
        rows = self.editor.rows
        middle = rows[max(self._selected, 0)].ranges["distance"].text
        return (self.system.name, middle, self.plot, self.preview.focus_target())

    def look_at(self, shell: int) -> None:
        """Select a shell."""
        if self._recipe is None:
            return
        last = len(self._recipe.system.shells) - 1
        self._selected = min(max(shell, 0), last)
        self._draw()

    def go_to(self, shell: int) -> None:
        """Select a shell and give it the focus."""
        self.look_at(shell)
        self.editor.focus_row(self._selected)

    def _draw(self) -> None:
        recipe = self._recipe
        shown = (recipe, self._selected, theme.current())
        if recipe is None or shown == self._shown:
            return
        self._shown = shown
        self.system.show_recipe(recipe)
        self.structure.show_system(recipe.system)
        picture = picture_of(recipe.system, self._selected)
        marks = [(curves.colour, curves.dash) for curves in picture.shells]
        self.editor.show_system(recipe.system, self._selected, marks)
        self.plot.draw(picture)
        self.fit.show_findings(findings(recipe))

    def _refuse(self, shell: int, field: str, problem: str) -> None:
        if shell >= 0:
            self.editor.say(shell, field, problem)
        elif field in self.structure.ranges:
            self.structure.say(field, problem)
        elif field == "window":
            self.system.k_window.say(problem)
        else:
            self.system.say_problem(problem)

    def _pick_absorber(self) -> None:
        if self._recipe is not None:
            self._pick(
                "Change absorber",
                "Use",
                self.system.absorber,
                self.edits.set_absorber,
                marked=self._recipe.system.absorber,
            )

    def _pick_exchange(self, old: str, below: QWidget) -> None:
        self._pick(
            f"Replace {old} in all its shells",
            "Use",
            below,
            lambda new: self.edits.exchange_element(old, new),
            marked=old,
        )

    def _pick_addition(self) -> None:
        self._pick(
            "Add neighbour element",
            "Add",
            self.system.add,
            self.edits.add_element,
            marked="O",
        )

    def _pick_for(self, shell: int) -> None:
        if self._recipe is None:
            return
        self._pick(
            f"Element of {wording.pair(self._recipe.system.label(shell))}",
            "Use",
            self.editor.rows[shell].name,
            lambda new: self.edits.set_element(shell, new),
            marked=self._recipe.system.shells[shell].element,
        )

    def _pick(self, title, verb, below, take, marked="") -> None:  # noqa: ANN001
        if self._recipe is None:
            return
        system = self._recipe.system
        picker = ElementPicker(
            title,
            verb,
            self,
            absorber=system.absorber,
            neighbours=tuple(dict.fromkeys(shell.element for shell in system.shells)),
            marked=marked,
        )
        picker.chosen.connect(take)
        picker.show_below(below)

    def _want(self, shell: int, action: str) -> None:
        if action == "element":
            self._pick_for(shell)
        else:
            self.edits.do(shell, action)

    def _connect(self) -> None:
        edits, editor, plot = self.edits, self.editor, self.plot
        system, structure = self.system, self.structure
        edits.refused.connect(self._refuse)
        edits.shell_wanted.connect(self.go_to)
        editor.chosen.connect(self.look_at)
        editor.range_entered.connect(edits.set_range)
        editor.reported_set.connect(edits.set_reported)
        editor.head_entered.connect(edits.set_head)
        editor.wanted.connect(self._want)
        editor.add.clicked.connect(lambda: edits.add_shell(self._selected))
        plot.range_moved.connect(edits.preview_range)
        plot.range_set.connect(edits.drop_range)
        plot.range_stepped.connect(lambda *step: edits.set_range(*step, is_step=True))
        plot.range_restored.connect(edits.end_preview)
        plot.shell_chosen.connect(self.look_at)
        system.name_entered.connect(edits.set_name)
        system.absorber.clicked.connect(self._pick_absorber)
        system.element_wanted.connect(self._pick_exchange)
        system.add.clicked.connect(self._pick_addition)
        system.edge_chosen.connect(edits.set_edge)
        structure.template_chosen.connect(edits.set_template)
        structure.together.toggled.connect(edits.set_motion)
        structure.share_set.connect(edits.set_share)
        for card in (system, structure):
            card.range_entered.connect(edits.set_common)
        system.weight.valueChanged.connect(edits.set_weight)
        self.cost.numbers_set.connect(edits.set_sampling)

    def _empty(self) -> QWidget:
        self.material = button("New ensemble…", role="primary", icon="training")
        self.new = button("New system…", icon="plus")
        self.open = button("Open system…", icon="open")
        return EmptyState(
            "No system yet",
            "Choose a material or an absorber and its neighbours, open a system file, "
            "or choose an ensemble in Analysis to see its training ranges.",
            self.material,
            self.new,
            self.open,
        )

    def _left(self) -> QWidget:
        self.system.fill(self.source, self.back)
        return scrolled_cards(LEFT, self.system, self.structure, self.fit, self.take)

    def _right(self) -> QWidget:
        content = QWidget()
        column_of((self.preview, 1), self.cost, within=content, spacing=theme.MARGIN)
        return scrolled(content, RIGHT)

    def _middle(self) -> QWidget:
        middle = QWidget()
        keys = Legend(
            Key("2.5–97.5 % of macrostates", "band", "prior"),
            Key("middle", "line"),
            Key("draws", "line", "border"),
        )
        copy = icon_button("copy", "Copy figure", self.plot.copy)
        curves = Card("Shell distributions", self.plot, beside=(keys, copy))
        column_of(self.editor, (curves, 1), within=middle, spacing=theme.MARGIN)
        return middle


def picture_of(system: System, selected: int) -> VariablesPicture:
    """Return the curves allowed by the ranges of ``system``."""
    r, envelopes = envelopes_of(system, points=POINTS)
    pairs = list(dict.fromkeys(item.pair for item in envelopes))
    seen: dict[str, int] = {}
    curves = []
    for item, shell in zip(envelopes, system.shells, strict=True):
        dash = seen.get(item.pair, 0)
        seen[item.pair] = dash + 1
        curves.append(
            VariableCurves(
                **vars(item),
                colour=pairs.index(item.pair),
                dash=dash,
                ranges={"distance": shell.distance, "deviation": shell.deviation},
                scale=system.distance_scale.centre,
                spread=system.sigma_scale.centre,
            )
        )
    return VariablesPicture(r, tuple(curves), selected)
