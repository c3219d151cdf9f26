"""Texts of the Help menu."""

from collections.abc import Iterable
from html import escape

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDialog, QLabel, QScrollArea, QWidget

from app.widgets.basics import button, label
from app.widgets.layouts import DIALOG, column_of, row_of
from onne_core import __version__

READING = {
    "start": """
<p>Open a measured file, χ(k) or raw columns of a beamline; the ensemble for its
absorber is chosen by itself. For a material without one choose <i>New ensemble</i>:
pick the material, press one button, and come back in ten minutes.</p>
<p>Everything runs on this computer; nothing is sent anywhere.</p>
""",
    "data": """
<b>μ(E)</b> as measured, with the pre-edge line, the post-edge curve and the spline of
the background. χ(k) below is what Analysis gets.
<p><b>Grips.</b> Drag E₀, the ends of the ranges and the end of the spline, or use the
arrow keys. Parameters have Athena's names and defaults.</p>
<p><b>Edge step.</b> χ is divided by it: a step 10 % too large makes every coordination
number 10 % too small. Its uncertainty goes into theirs.</p>
<p><b>Groups.</b> Marked groups are aligned, merged, deglitched or rebinned together.
Every operation can be undone, and is listed in the export.</p>
<p><b>Fluorescence</b> of a thick or concentrated sample is damped by self-absorption:
amplitudes, and so coordination numbers, come out too small.</p>
""",
    "shells": """
<b>Ranges, not guesses.</b> Each shell has a range of mean distance, standard deviation,
coordination number and skewness. The networks learn what lies between: the truth must
lie inside, with room on both sides.
<p><b>Common factors</b> stretch all shells together, such as a lattice under pressure,
a small particle or a hot sample.</p>
<p><b>Reported.</b> A shell that is not reported scatters but has no answer: include
what lies just beyond the last shell that you ask for.</p>
<p><b>Preview</b> shows spectra of the ranges with your spectrum over them. A spectrum
that leaves the grey is outside.</p>
""",
    "structures": """
<b>Clusters</b> as training uses them: pair lengths are drawn from the ranges, and the
atoms are placed so that the cluster has exactly these.
<p><b>Closest pair.</b> A cluster whose atoms come closer than allowed is set aside; if
many are, ranges of distance and coordination number contradict each other.</p>
<p><b>g(r)</b> of the clusters should fill the ranges of Shells; bond angles show
whether neighbours keep the directions of a crystal.</p>
""",
    "training": """
<b>Losses.</b> Both curves fall and level off. A validation loss that rises while the
training loss falls means too few macrostates.
<p><b>Held-out spectra</b> were never trained on: points on the diagonal are right, and
68 % of the bars should touch it.</p>
<p><b>Coverage</b> of the 68 % bands should be 60 to 75 %. Below, the ensemble claims
more than it knows; its answers are then at most borderline.</p>
<p><b>Queue.</b> Jobs run one after another, survive closing the window, and resume
where they stopped.</p>
""",
    "analysis": """
<b>g(r)</b> counts neighbours: its integral over a shell is the coordination number, CN.
The dark band contains the truth in 68 % of tests, the light band in 95 %.
<p><b>Shell table.</b> Each value has a bar below it. Grey is the training range, colour
is what the spectrum supports, the tick is the mean. Where colour fills the grey, the
value comes from the training set and not from your data; <i>Set by</i> then says
<i>prior</i>. <i>Fixed by training</i> means that training never varied the quantity: it
is an assumption.</p>
<p><b>Verdict.</b> <i>Inside</i>: the spectrum is like those in training.
<i>Borderline</i>: a value reaches the end of a trained range. <i>Outside</i>: the
ensemble has seen nothing like it; do not use the numbers.</p>
<p><b>R-factor.</b> The part of the signal in R that the answer leaves unexplained:
below 0.02 is a good fit, above 0.05 something is missing.</p>
<p><b>Correction.</b> The energy of k = 0 is the file's E₀ plus the shift. An error of 1
eV moves the first distance by about 0.004 Å. Coordination numbers are only as good as
S₀²: N·S₀² is what the spectrum gives; enter S₀² from a standard where N matters.</p>
<p><b>Limits.</b> Drag the handles above g(r), or move them with the arrow keys: moments
are calculated between the limits. Esc cancels a drag.</p>
""",
    "series": """
<b>Map.</b> A column is the g(r) of a spectrum, dark where there are neighbours. In
<i>minus first</i> red is more than in the first spectrum, blue is less.
<p><b>Trends.</b> Each with its 68 % band. Grey is what training knew: a curve that
follows an end of it is not a result.</p>
<p><b>Strip.</b> The verdict of every spectrum. Steps that come with a change of verdict
are changes of what the ensemble can answer, not of the sample.</p>
""",
}
"""How to read each tab."""

MOUSE = (
    ("drag, wheel on a plot", "zoom; Shift and drag to pan"),
    ("right click on a plot", "copy its figure or data"),
    ("right click on a spectrum, shell or job", "what can be done with it"),
    ("+ − ← → ↑ ↓ on a plot", "zoom, pan"),
    ("Home, double click on a plot", "show all"),
    ("Space, Ctrl+A, Ctrl+I in Data", "mark a group, all of them, the others"),
    ("← → on a grip of μ(E)", "E₀ by 0.1 eV, ranges by 1 eV; with Shift by ten times"),
    ("← → on a limit", "move by 0.01 Å; with Shift by 0.1 Å"),
    ("← → on an end of the FT window", "move by 0.1 Å⁻¹; with Shift by 0.5 Å⁻¹"),
    ("← → ↑ ↓ + − on the cluster", "rotate, zoom; with Shift pan"),
    ("Tab on the cluster", "next atom; Return centres it, Esc deselects it"),
    ("Delete in the list", "remove the spectrum"),
)
"""Keys that belong to what has the focus, and the mouse."""

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
        text = QLabel(html)
        text.setWordWrap(True)
        text.setAccessibleName(title)
        text.setAlignment(Qt.AlignmentFlag.AlignTop)
        area = QScrollArea()
        area.setWidget(text)
        area.setWidgetResizable(True)
        buttons = row_of(None, button("Close", self.accept, role="primary"))
        heading = label(title, "empty")
        self.setLayout(column_of(heading, (area, 1), buttons, margins=DIALOG))


def keys_html(actions: Iterable[QAction]) -> str:
    """Return the table of keyboard shortcuts: those of ``actions``, then the others."""
    of_menus = [
        (action.shortcut().toString(), action.text().replace("&", "").rstrip("…"))
        for action in actions
    ]
    rows = "".join(
        f"<tr><td style='padding:3px 24px 3px 0'><b>{escape(keys)}</b></td>"
        f"<td>{escape(what)}</td></tr>"
        for keys, what in (*of_menus, *MOUSE)
        if keys
    )
    return f"<table>{rows}</table>"
