"""Tools that act on the marked groups, or on the selected one."""

from collections.abc import Sequence

from PySide6.QtWidgets import QPushButton

from app.widgets.basics import Card, button, combo, label
from app.widgets.layouts import row_of


class ToolsCard(Card):
    """Card of the tools; ``standard`` is the group to which others are aligned."""

    def __init__(self) -> None:
        super().__init__("Tools")
        self.standard = combo("Align to")
        self.align = button("Align", icon="align")
        self.merge = button("Merge", icon="merge")
        self.deglitch = button("Deglitch…")
        self.rebin = button("Rebin")
        self.truncate = button("Truncate…")
        self.calibrate = button("Calibrate E₀…")
        self.absorbed = button("Self-absorption…")
        self.absorbed.setToolTip("Correct the fluorescence of a thick sample")
        self._on = label("", "small", wrap=True)
        self.fill(
            self._on,
            row_of(label("Align to"), (self.standard, 1), self.align),
            self.merge,
            row_of((self.deglitch, 1), (self.rebin, 1)),
            row_of((self.truncate, 1), (self.calibrate, 1)),
            self.absorbed,
        )

    @property
    def buttons(self) -> tuple[QPushButton, ...]:
        """All buttons."""
        return (
            self.align,
            self.merge,
            self.deglitch,
            self.rebin,
            self.truncate,
            self.calibrate,
            self.absorbed,
        )

    def show_groups(
        self, names: Sequence[tuple[int, str]], acted: Sequence[str], marked: int
    ) -> None:
        """Offer the groups ``names`` as standards; say which ones are ``acted`` on.

        ``marked`` groups of mu(E) can be merged.
        """
        before = self.standard.currentData()
        self.standard.offer([(name, index) for index, name in names], before)
        count = len(acted)
        if marked:
            text = f"The tools act on the {marked} marked groups."
            if marked == 1:
                text = f"The tools act on {acted[0]}, which is marked."
        else:
            text = f"The tools act on {acted[0]}." if acted else ""
        self._on.setText(text)
        self.merge.setText(f"Merge marked ({marked})" if marked else "Merge marked")
        for tool in self.buttons:
            tool.setEnabled(count > 0)
        self.merge.setEnabled(marked > 1)
        self.merge.setToolTip("" if marked > 1 else "Mark two or more groups of μ(E)")
        self.align.setEnabled(count > 0 and len(names) > 1)
        one = marked <= 1
        for tool in (self.deglitch, self.calibrate):
            tool.setEnabled(count > 0 and one)
            tool.setToolTip("" if one else "Select one group and remove the marks")
