"""Where the selected group comes from: file, points, reference, parts of a merge."""

from pathlib import Path

from app.look import wording
from app.widgets.basics import Card, button, plain_label
from onne_core.values.project import SpectrumEntry


class ScanCard(Card):
    """Card of the file behind a group."""

    def __init__(self) -> None:
        super().__init__("Scan")
        self.columns = button("Columns…", role="link")
        self.columns.setToolTip("Choose which columns of the file make μ(E)")
        self.header.addWidget(self.columns)
        self._text = plain_label("", wrap=True)
        self._more = plain_label("", "small", wrap=True)
        self.fill(self._text, self._more)

    def show_entry(self, entry: SpectrumEntry) -> None:
        """Show where ``entry`` comes from."""
        reduction = entry.reduction
        self.columns.setVisible(bool(entry.source))
        if reduction is None:
            self._text.setText("χ(k) as read")
            last = wording.number(float(entry.spectrum.k[-1]), 1)
            self._more.setText(f"{Path(entry.source).name}, k to {last} Å⁻¹")
            return
        scan = reduction.absorption
        if scan.parts:
            self._text.setText(f"Merge of {len(scan.parts)} scans, weighted by noise")
        else:
            self._text.setText(Path(entry.source).name)
        first, last = scan.energy[0], scan.energy[-1]
        has_reference = "with" if scan.reference is not None else "no"
        parts = [
            f"{wording.count(scan.energy.size)} points, "
            f"{wording.number(first, 0)} to {wording.number(last, 0)} eV; "
            f"{has_reference} reference channel.",
            ", ".join(scan.parts),
        ]
        self._more.setText("\n".join(filter(None, parts)))
