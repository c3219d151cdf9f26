"""The Shells tab: the system's ranges and the curves that they allow, to read."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from app import theme, wording
from app.envelopes import envelopes_of
from app.pages.page import Page, columns_in
from app.plots.variables_plot import VariableCurves, VariablesPicture, VariablesPlot
from app.view import View
from app.widgets.basics import Card, button, icon_button, label, rule
from app.widgets.empty import EmptyState
from app.widgets.facts import Facts
from app.widgets.legend import Key, Legend
from app.widgets.text_table import TextColumn, TextTable
from onne_core.recipe import Recipe
from onne_core.structure import Range, Shell, System

LEFT = 272
POINTS = 260
HOW = (
    "To change a range, edit the system's JSON file and open it here to look at it. "
    "Under <b>Training</b> a training set and an ensemble are made of it."
)
COLUMNS = (
    TextColumn("Shell", is_number=False),
    TextColumn("Mean distance (Å)"),
    TextColumn("Std. deviation (Å)"),
    TextColumn("Coordination no."),
    TextColumn("Networks answer", is_number=False),
)


class ShellsPage(Page):
    """Shows the opened system, else that of the chosen ensemble."""

    open_wanted = Signal()
    close_wanted = Signal()
    example_wanted = Signal()

    def __init__(self) -> None:
        super().__init__("Shells")
        self._recipe: Recipe | None = None
        self._shown: tuple[object, ...] = ()
        self._shell = -1
        self.facts = Facts()
        self.source = label("", "small", wrap=True)
        self.table = TextTable("Ranges of the shells", *COLUMNS)
        self.plot = VariablesPlot()
        self._close = button(
            "Back to the ensemble's system", self.close_wanted.emit, role="link"
        )
        self._add_tools(
            button("Open a system…", self.open_wanted.emit, role="primary", icon="open")
        )
        self.table.chosen.connect(self._lift)
        layout = columns_in(self)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._content())
        self._stack.addWidget(
            EmptyState(
                "No system to look at yet",
                "Open a system's JSON file, or choose an ensemble in Analysis to see "
                "what it was trained on.",
                button("Open a system…", self.open_wanted.emit, icon="open"),
            )
        )
        layout.addWidget(self._stack)

    def show_view(self, view: View) -> None:
        """Show the system of ``view``."""
        recipe = view.recipe
        self._stack.setCurrentIndex(0 if recipe is not None else 1)
        opened = view.project.recipe is not None
        self._close.setVisible(opened and view.ensemble is not None)
        if recipe is None:
            self._recipe = None
            return
        name = view.ensemble.name if view.ensemble else ""
        self.source.setText(
            "From the file that was opened." if opened else f"From ensemble {name}."
        )
        if recipe != self._recipe:
            self._recipe, self._shell = recipe, -1
            self.facts.set_facts(_facts(recipe))
            self.table.set_rows(_rows(recipe.system))
            self.table.fit_height(7)
        self._draw()

    def columns(self) -> tuple[QWidget, ...]:
        """Return where F6 goes."""
        return (self.table, self.plot)

    def _lift(self, shell: int) -> None:
        self._shell = shell
        self._draw()

    def _draw(self) -> None:
        shown = (self._recipe, self._shell, theme.current())
        if self._recipe is not None and shown != self._shown:
            self._shown = shown
            self.plot.draw(picture_of(self._recipe.system, self._shell))

    def _content(self) -> QWidget:
        content = QWidget()
        layout = QHBoxLayout(content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.MARGIN)
        system = Card("System")
        system.setFixedWidth(LEFT)
        for widget in (self.facts, self.source, self._close, rule()):
            system.body.addWidget(widget)
        how = label(HOW, "note", wrap=True)
        system.body.addWidget(how)
        system.body.addStretch(1)
        layout.addWidget(system)
        layout.addLayout(self._middle(), 1)
        return content

    def _middle(self) -> QVBoxLayout:
        middle = QVBoxLayout()
        middle.setSpacing(theme.MARGIN)
        table = Card("Shells")
        table.header.addWidget(icon_button("copy", "Copy the table", self.table.copy))
        table.body.addWidget(self.table)
        middle.addWidget(table)
        curves = Card("Continuous random variables")
        curves.header.addWidget(
            Legend(
                Key("2.5–97.5 % of macrostates", "band", "prior"),
                Key("middle of the ranges", "line"),
                Key("draws", "line", "border"),
            )
        )
        curves.header.addWidget(icon_button("copy", "Copy the figure", self.plot.copy))
        curves.body.addWidget(self.plot)
        middle.addWidget(curves, 1)
        return middle


def picture_of(system: System, selected: int) -> VariablesPicture:
    """Return the curves that the ranges of ``system`` allow."""
    r, envelopes = envelopes_of(system, points=POINTS)
    pairs = list(dict.fromkeys(item.pair for item in envelopes))
    seen: dict[str, int] = {}
    curves = []
    for item in envelopes:
        dash = seen.get(item.pair, 0)
        seen[item.pair] = dash + 1
        curves.append(
            VariableCurves(
                label=item.label,
                colour=pairs.index(item.pair),
                dash=dash,
                lower=item.lower,
                upper=item.upper,
                middle=item.middle,
                samples=item.samples,
                distance=item.distance,
            )
        )
    return VariablesPicture(r, tuple(curves), selected)


def _facts(recipe: Recipe) -> list[tuple[str, str]]:
    system = recipe.system
    angles = system.angles.template or "free, by a genetic algorithm"
    elements = ", ".join(dict.fromkeys(shell.element for shell in system.shells))
    return [
        ("Name", system.name or wording.EN_DASH),
        ("Absorber", f"{system.absorber}, {system.edge} edge"),
        ("Neighbours", elements),
        ("Common scale", _span(system.scale, 3)),
        ("Common factor of CN", _span(system.filling, 2)),
        ("Directions", angles),
        ("Macrostates", wording.count(recipe.sampling.macrostates)),
        ("Microstates each", wording.count(recipe.sampling.microstates)),
    ]


def _rows(system: System) -> list[tuple[str, ...]]:
    return [_row(system, i, shell) for i, shell in enumerate(system.shells)]


def _row(system: System, index: int, shell: Shell) -> tuple[str, ...]:
    return (
        wording.pair(system.label(index)),
        _span(shell.distance, 3),
        _span(shell.deviation, 3),
        _span(shell.coordination, 0),
        "yes" if shell.reported else "no, it only scatters",
    )


def _span(item: Range, decimals: int) -> str:
    if item.is_fixed:
        return f"{wording.number(item.lower, decimals)} (fixed)"
    return wording.span(item.lower, item.upper, decimals=decimals)
