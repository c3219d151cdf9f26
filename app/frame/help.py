"""Texts of the Help menu."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QScrollArea, QWidget

from app.widgets.basics import button, label
from app.widgets.layouts import DIALOG, column_of, row_of
from onne_core import __version__

READING = """
<b>g(r)</b> counts neighbours: its integral over a shell is the coordination number, CN.
The dark band contains the truth in 68 % of tests, the light band in 95 %.
<p><b>Shell table.</b> Each value has a bar below it. Grey is the training range, colour
is what the spectrum supports, the tick is the mean. Where colour fills the grey, the
value comes from the training set and not from your data; <i>Set by</i> then says
<i>prior</i>. <i>Fixed by training</i> means that training never varied the quantity:
it is an assumption.</p>
<p><b>Verdict.</b> <i>Inside</i>: the spectrum is like those in training.
<i>Borderline</i>: a value reaches the end of a trained range. <i>Outside</i>: the
ensemble has seen nothing like it; do not use the numbers.</p>
<p><b>Correction.</b> A first-shell fit gives the E₀ shift and S₀². An error of 1 eV in
E₀ moves the first distance by about 0.004 Å. Where coordination numbers matter, enter
S₀² from a standard.</p>
<p><b>Limits.</b> Drag the handles above g(r), or move them with the arrow keys: moments
are calculated between the limits. Esc cancels a drag.</p>
"""

KEYS = (
    ("Ctrl+1 … Ctrl+6", "go to a tab"),
    ("Ctrl+O, Ctrl+Shift+O", "open spectra, open a project"),
    ("Ctrl+Shift+M", "new ensemble for a material"),
    ("Ctrl+N, Ctrl+S, Ctrl+Shift+S", "new, save, save as"),
    ("Ctrl+Z, Ctrl+Shift+Z", "undo, redo"),
    ("Ctrl+E", "export"),
    ("Ctrl+C", "copy the focused plot or table"),
    ("Ctrl+Return", "press the filled button of the tab"),
    ("F6", "go to the next column"),
    ("Ctrl+L", "show the log"),
    ("drag, wheel on a plot", "zoom; Shift and drag to pan"),
    ("+ − ← → ↑ ↓ on a plot", "zoom, pan"),
    ("Home, double click on a plot", "show all"),
    ("Space, Ctrl+A, Ctrl+I in Data", "mark a group, all of them, the others"),
    ("← → on a grip of μ(E)", "E₀ by 0.1 eV, ranges by 1 eV; with Shift by ten times"),
    ("← → on a limit", "move by 0.01 Å; with Shift by 0.1 Å"),
    ("← → ↑ ↓ + − on the cluster", "rotate, zoom; with Shift pan"),
    ("Tab on the cluster", "next atom; Return centres it, Esc deselects it"),
    ("Delete in the list", "remove the spectrum"),
)

ABOUT = f"""
<p>ONNE {__version__}: partial radial distributions from EXAFS spectra by an ensemble of
neural networks, after Marcella, Lam, Bryantsev, Roy and Frenkel, Phys. Rev. B 109,
104201 (2024).</p>
<p>Everything runs on this computer; nothing is sent anywhere.</p>
<p>BSD 3-clause licence. The Inter fonts are under the SIL Open Font Licence; FEFF8L
comes with xraylarch. See NOTICE.</p>
"""


class HelpDialog(QDialog):
    """A page of rich text."""

    def __init__(self, title: str, html: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.resize(560, 460)
        text = label(html, wrap=True)
        text.setAccessibleName(title)
        text.setAlignment(Qt.AlignmentFlag.AlignTop)
        area = QScrollArea()
        area.setWidget(text)
        area.setWidgetResizable(True)
        buttons = row_of(None, button("Close", self.accept, role="primary"))
        heading = label(title, "empty")
        self.setLayout(column_of(heading, (area, 1), buttons, margins=DIALOG))


def keys_html() -> str:
    """Return the table of keyboard shortcuts."""
    rows = "".join(
        f"<tr><td style='padding:3px 24px 3px 0'><b>{keys}</b></td><td>{what}</td></tr>"
        for keys, what in KEYS
    )
    return f"<table>{rows}</table>"
