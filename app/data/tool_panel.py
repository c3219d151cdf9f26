"""The strip below mu(E): what a tool asks, a notice, or an error."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame

from app.look import theme
from app.widgets.basics import button, label
from app.widgets.fields import LineEdit
from app.widgets.layouts import row_of
from app.widgets.number_field import number_field

ENERGY = (0.0, 200_000.0)
TALL = 48
"""Height, px: two lines of text."""


class ToolPanel(QFrame):
    """A strip with a sentence, a formula, up to two numbers, and what can be done."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName("Tool")
        self.text = label("", wrap=True)
        self.first = number_field("First energy", ENERGY, 1.0, 1, suffix=" eV")
        self.second = number_field("Second energy", ENERGY, 1.0, 1, suffix=" eV")
        self.formula = LineEdit()
        self.formula.setAccessibleName("Formula of the sample")
        self.formula.setPlaceholderText("Fe2O3")
        for field in (self.formula, self.first, self.second):
            field.setFixedWidth(116)
        self.apply = button("Apply")
        self.other = button("Cancel", role="link")
        fields = self.formula, self.first, self.second
        row_of(
            (self.text, 1),
            *fields,
            self.apply,
            self.other,
            within=self,
            spacing=8,
            margins=(10, 5, 8, 5),
        )
        self.setFixedHeight(theme.scaled(TALL))
        self.hide()

    def hasHeightForWidth(self) -> bool:
        """Return no: else the column would be as high as its plots would like."""
        return False

    def offer(
        self,
        text: str,
        apply: str = "",
        other: str = "Cancel",
        energies: tuple[tuple[str, float], ...] = (),
        *,
        unit: str = " eV",
        formula: bool = False,
    ) -> None:
        """Show ``text`` with named ``energies`` and buttons; "" hides one.

        The numbers have a ``unit``; with ``formula`` one is asked for.
        """
        self.text.setText(text)
        self.formula.setVisible(formula)
        for field, shown in zip(
            (self.first, self.second), (*energies, None, None), strict=False
        ):
            field.setVisible(shown is not None)
            field.setSuffix(unit)
            if shown is not None:
                field.setAccessibleName(shown[0])
                field.setToolTip(shown[0])
                field.setValue(shown[1])
        self.apply.setText(apply)
        self.apply.setVisible(bool(apply))
        self.other.setText(other)
        self.other.setVisible(bool(other))
        self.show()
