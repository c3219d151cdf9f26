"""The left column of Structures: facts about the cluster, and rejected ones."""

from PySide6.QtWidgets import QWidget

from app.look import theme, wording
from app.structures.samples import Samples
from app.widgets.basics import Card, button, icon_button, label, set_text
from app.widgets.facts import Facts
from app.widgets.layouts import column_of
from app.widgets.text_table import TextColumn, TextTable
from onne_core.values.recipe import Recipe

HOW = (
    "These samples are for inspection only; their number and seed are not part of "
    "the project. The training set uses the recipe's seed ({seed})."
)


class ClusterColumn(QWidget):
    """Facts, the table of neighbours, and rejected clusters by reason."""

    def __init__(self) -> None:
        super().__init__()
        self.facts = Facts()
        self.neighbours = TextTable(
            "Neighbours by distance",
            TextColumn("Atom", is_number=False),
            TextColumn("<i>r</i> (Å)"),
            TextColumn("Shell", is_number=False),
        )
        self.look = button("Show them", role="link")
        self.reasons = label("", "note", wrap=True)
        self._how = label("", "small", wrap=True)
        facts = Card("This cluster", self.facts)
        copy = icon_button("copy", "Copy table", self.neighbours.copy)
        table = Card("Neighbours by distance", self.neighbours, beside=(copy,))
        aside = Card("Rejected", self.reasons, self.look, self._how)
        column_of(facts, (table, 1), aside, within=self, spacing=theme.MARGIN)

    def show_recipe(self, recipe: Recipe) -> None:
        """Say how the samples differ from the training set of ``recipe``."""
        set_text(self._how, HOW.format(seed=recipe.sampling.seed))

    def show_samples(self, samples: Samples) -> None:
        """Show how many clusters were rejected, and why."""
        set_text(self.reasons, set_aside(samples))

    def offer_others(self, *, others: bool, shows_aside: bool) -> None:
        """Offer to show the rejected clusters, or to go back."""
        self.look.setVisible(others)
        self.look.setText("Back" if shows_aside else "Show them")


def set_aside(samples: Samples) -> str:
    """Return the number of rejected clusters, in total and by reason."""
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
