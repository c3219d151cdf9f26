"""What was done to a scan before its reduction, in order; each can be taken back."""

from PySide6.QtCore import Signal

from app.look import wording
from app.widgets.basics import Card, clear, icon_button, label
from app.widgets.layouts import column_of, row_of
from onne_core.values.project import Reduction
from onne_core.values.treatment import Deglitch, Operation, Rebin, SelfAbsorption, Shift


def said(operation: Operation) -> str:
    """Return an operation in words."""
    if isinstance(operation, Shift):
        by = f"{wording.signed(operation.by, 2)} eV"
        to = operation.to
        return f"Aligned to {to}: {by}" if to else f"Energies calibrated: {by}"
    if isinstance(operation, Deglitch):
        count = len(operation.energies)
        if count == 1:
            at = wording.number(operation.energies[0], 1)
            return f"1 point removed, at {at} eV"
        return f"{count} points removed"
    if isinstance(operation, Rebin):
        return "Rebinned: 5 eV, 0.5 eV at the edge, 0.05 Å⁻¹"
    if isinstance(operation, SelfAbsorption):
        angles = f"{operation.angle_in:g}°, {operation.angle_out:g}°"
        return f"Corrected for self-absorption: {operation.formula}, {angles}"
    parts = []
    if operation.lower is not None:
        parts.append(f"below {wording.number(operation.lower, 0)} eV")
    if operation.upper is not None:
        parts.append(f"above {wording.number(operation.upper, 0)} eV")
    why = f" ({operation.edge} edge)" if operation.edge else ""
    return f"Left out {' and '.join(parts)}{why}"


class HistoryCard(Card):
    """Card of the operations; ``removal_wanted`` carries the number of one."""

    removal_wanted = Signal(int)

    def __init__(self) -> None:
        super().__init__("Done to this scan")
        self._rows = column_of(spacing=2)
        self.fill(self._rows)
        self._shown: tuple[Operation, ...] | None = None

    def show_reduction(self, reduction: Reduction) -> None:
        """Show the operations of ``reduction``."""
        operations = reduction.operations
        self.setVisible(bool(operations))
        if operations == self._shown:
            return
        self._shown = operations
        while (row := self._rows.takeAt(0)) is not None:
            if row.layout() is not None:
                clear(row.layout())
                row.layout().deleteLater()
        for index, operation in enumerate(operations):
            text = said(operation)
            remove = icon_button(
                "close",
                f"Take back: {text}",
                lambda index=index: self.removal_wanted.emit(index),
            )
            self._rows.addLayout(row_of((label(text, wrap=True), 1), remove))
