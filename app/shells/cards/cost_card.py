"""Card of sample numbers and their cost."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout

from app.look import wording
from app.shells.training_cost import Cost
from app.widgets.basics import Card, label
from app.widgets.facts import Facts
from app.widgets.fields import show_values, whole_field
from onne_core.values.recipe import MOST_MACROSTATES, MOST_MICROSTATES, Recipe

MOST_SEED = 999_999


class CostCard(Card):
    """Card that reports edits of sample numbers and seed."""

    numbers_set = Signal(int, int, int)

    def __init__(self) -> None:
        super().__init__("Sampling and cost")
        self.macrostates = whole_field("Macrostates", 1, MOST_MACROSTATES, 70)
        self.microstates = whole_field(
            "Microstates per macrostate", 1, MOST_MICROSTATES, 56
        )
        self.seed = whole_field("Seed", 0, MOST_SEED, 132)
        self.facts = Facts()
        self._note = label("", "small", wrap=True)
        grid = QGridLayout()
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(5)
        grid.setColumnStretch(0, 1)
        grid.addWidget(label("Macrostates × microstates", "second"), 0, 0)
        grid.addWidget(self.macrostates, 0, 1)
        grid.addWidget(self.microstates, 0, 2)
        grid.addWidget(label("Seed", "second"), 1, 0)
        grid.addWidget(self.seed, 1, 1, 1, 2)
        for spin in (self.macrostates, self.microstates, self.seed):
            spin.setToolTip(spin.accessibleName())
            spin.setAlignment(Qt.AlignmentFlag.AlignRight)
            spin.valueChanged.connect(self._report)
        self.fill(grid, self.facts, self._note)

    def show_recipe(self, recipe: Recipe, cost: Cost) -> None:
        """Show the sampling of ``recipe`` and its ``cost``."""
        sampling = recipe.sampling
        show_values(
            (self.macrostates, sampling.macrostates),
            (self.microstates, sampling.microstates),
            (self.seed, min(sampling.seed, MOST_SEED)),
        )
        self.facts.set_facts(
            [
                ("Spectra of clusters", wording.count(cost.spectra)),
                ("Clusters and spectra", f"≈ {wording.duration(cost.generation)}"),
                (
                    f"{recipe.training.members} networks",
                    f"≈ {wording.duration(cost.training)}",
                ),
                ("On disk", f"≈ {wording.number(cost.size / 1e6, 0)} MB"),
            ]
        )
        self._note.setText(
            "Cluster time as measured by the preview; network time typical."
            if cost.is_measured
            else "Typical times; a preview measures the cluster time."
        )

    def _report(self) -> None:
        self.numbers_set.emit(
            self.macrostates.value(), self.microstates.value(), self.seed.value()
        )
