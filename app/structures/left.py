"""The left column of Structures: the cluster in numbers, and what was set aside."""

from PySide6.QtWidgets import QWidget

from app.look import theme, wording
from app.structures.samples import Samples
from app.widgets.basics import Card, button, column_of, icon_button, label, set_text
from app.widgets.facts import Facts
from app.widgets.text_table import TextColumn, TextTable
from onne_core.values.recipe import Recipe

HOW = (
    "Samples to look at: their number and seed are not part of the project. The "
    "training set draws its own, with the seed of the recipe ({seed})."
)


class ClusterColumn(QWidget):
    """Facts, the table of neighbours, and the clusters set aside by reason."""

    def __init__(self) -> None:
        super().__init__()
        self.facts = Facts()
        self.neighbours = TextTable(
            "Neighbours by distance",
            TextColumn("Atom", is_number=False),
            TextColumn("<i>r</i> (Å)"),
            TextColumn("Shell", is_number=False),
        )
        self.look = button("Look at them", lambda: None, role="link")
        self.reasons = label("", "note", wrap=True)
        self._how = label("", "small", wrap=True)
        facts, aside = Card("This cluster"), Card("Set aside")
        facts.body.addWidget(self.facts)
        table = Card("Neighbours by distance")
        table.header.addWidget(
            icon_button("copy", "Copy the table", self.neighbours.copy)
        )
        table.body.addWidget(self.neighbours)
        aside.fill(self.reasons, self.look, self._how)
        column_of(facts, (table, 1), aside, within=self, spacing=theme.MARGIN)

    def show_recipe(self, recipe: Recipe) -> None:
        """Say how the samples differ from the training set of ``recipe``."""
        set_text(self._how, HOW.format(seed=recipe.sampling.seed))

    def show_samples(self, samples: Samples) -> None:
        """Say how many were set aside, and why."""
        set_text(self.reasons, set_aside(samples))

    def offer_others(self, *, others: bool, shows_aside: bool) -> None:
        """Offer to look at the clusters set aside, or to go back."""
        self.look.setVisible(others)
        self.look.setText("Back" if shows_aside else "Look at them")


def set_aside(samples: Samples) -> str:
    """Return how many clusters were set aside, and how many for which reason."""
    total = len(samples.samples)
    if not samples.aside:
        return f"None of {wording.count(total)} clusters."
    number = wording.strong(wording.count(len(samples.aside)))
    share = wording.percent(len(samples.aside) / total)
    lines = [f"{number} of {wording.count(total)} ({share})"]
    lines += [
        f"{wording.count(count)} × {wording.sentence(reason)}"
        for reason, count in samples.reasons.items()
    ]
    return "<br>".join(lines)
