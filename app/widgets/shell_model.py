"""The shells of a prediction as the rows of a table, and its columns."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt

from app.look import wording
from app.look.rich_text import safe_tip
from app.widgets.tables import LEFT, Index, TitledModel
from onne_core.values.prediction import Estimate, ShellEstimate


@dataclass(frozen=True)
class QuantityColumn:
    """One quantity: its attribute, title, spoken name, unit and scale."""

    attribute: str
    title: str
    spoken: str
    unit: str
    factor: float = 1.0


QUANTITIES = (
    QuantityColumn("coordination_number", "CN", "coordination number", ""),
    QuantityColumn("distance", "<i>R</i> (Å)", "distance", "Å"),
    QuantityColumn("sigma2", "<i>σ</i>² (10⁻³ Å²)", "sigma squared", "10⁻³ Å²", 1e3),
    QuantityColumn("c3", "<i>C</i>₃ (10⁻³ Å³)", "third cumulant", "10⁻³ Å³", 1e3),
)
SET_BY = {
    "data": "The spectrum decides N, R and σ² of this shell.",
    "both": "Spectrum and training range decide together: the spectrum narrows the "
    "range of N, R or σ², but not by much.",
    "prior": "The training range decides N, R or σ²: this spectrum does not determine "
    "it. Do not quote it as a result.",
    "assumed": "What you have said of the sample decides N, R or σ².",
}
"""What the words under Set by mean."""

TITLES = ("Shell, limits", *(column.title for column in QUANTITIES), "Set by")


@dataclass(frozen=True)
class Cell:
    """A quantity of a shell, ready to be drawn."""

    estimate: Estimate
    factor: float
    pair: int
    is_prior: bool


class ShellModel(TitledModel):
    """The shells of a prediction."""

    def __init__(self) -> None:
        super().__init__()
        self._shells: tuple[ShellEstimate, ...] = ()
        self._pairs: tuple[str, ...] = ()

    def show_shells(
        self, shells: tuple[ShellEstimate, ...], pairs: tuple[str, ...]
    ) -> None:
        """Show ``shells``; ``pairs`` gives the order of the colours."""
        with self.exchanging(len(shells)):
            self._shells, self._pairs = shells, pairs

    def shell(self, row: int) -> ShellEstimate:
        """Return the shell of ``row``."""
        return self._shells[row]

    def cell(self, index: Index) -> Cell:
        """Return the quantity at ``index``."""
        shell = self._shells[index.row()]
        column = QUANTITIES[index.column() - 1]
        estimate: Estimate = getattr(shell, column.attribute)
        is_prior = wording.set_by(estimate) in ("prior", "assumed")
        return Cell(estimate, column.factor, self.pair(index.row()), is_prior)

    def pair(self, row: int) -> int:
        """Return the number of the pair of ``row``, which decides its colour."""
        return self._pairs.index(self._shells[row].pair)

    def set_by(self, row: int) -> str:
        """Return the source of the shell of ``row``: one of wording.ORIGINS, or ""."""
        shell = self._shells[row]
        # C3 is left out: training draws Gaussians, so its prior is sampling noise.
        return wording.set_by(shell.coordination_number, shell.distance, shell.sigma2)

    def count(self) -> int:
        """Return the number of shells."""
        return len(self._shells)

    def titles(self) -> Sequence[str]:
        """Return the titles of the columns."""
        return TITLES

    def side(self, column: int) -> Qt.AlignmentFlag:
        """Return where a title stands: over the numbers in the middle."""
        centred = 0 < column < len(TITLES) - 1
        return Qt.AlignmentFlag.AlignHCenter if centred else LEFT

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the text of a cell, as copied and as spoken."""
        if role not in (
            Qt.ItemDataRole.DisplayRole,
            Qt.ItemDataRole.AccessibleTextRole,
            Qt.ItemDataRole.ToolTipRole,
        ):
            return None
        shell = self._shells[index.row()]
        if index.column() == 0:
            limits = wording.span(shell.r_min, shell.r_max)
            return safe_tip(f"{wording.pair(shell.label)}, {limits} Å")
        if index.column() == len(TITLES) - 1:
            word = self.set_by(index.row())
            is_tip = role == Qt.ItemDataRole.ToolTipRole
            return SET_BY.get(word, "") if is_tip else word
        column = QUANTITIES[index.column() - 1]
        estimate = getattr(shell, column.attribute)
        text = wording.spoken(
            column.spoken, estimate, factor=column.factor, unit=column.unit
        )
        if role == Qt.ItemDataRole.ToolTipRole and math.isfinite(estimate.prior):
            prior = Estimate(estimate.prior, estimate.prior_std)
            value, std = wording.value_and_std(prior, factor=column.factor)
            text += f"\nTraining range: {value} ± {std} {column.unit}"
        return text
