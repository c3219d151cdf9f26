"""E0 shift, S0^2, standard and window: automatic, set by hand, reset."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from app.analysis.plots.evidence_plot import (
    LARGEST_SHIFT,
    EvidencePicture,
    EvidencePlot,
)
from app.analysis.standard.panel import StandardPanel
from app.look import wording
from app.plots.window_grips import LARGEST_K, NARROWEST
from app.session.view import View
from app.widgets.basics import Card, button, label, rule
from app.widgets.fields import show_values
from app.widgets.layouts import column_of, row_of
from app.widgets.number_field import number_field
from app.widgets.segments import Segments
from onne_core.ensemble.crystal import BULK_WIDTH, Crystal
from onne_core.values.prediction import Estimate, JointFit, Prediction, Sample
from onne_core.values.project import SpectrumEntry

E0_STD_RANGE = (0.1, 5.0)
S02_RANGE = (0.1, 2.0)
S02_STD_RANGE = (0.0, 0.5)
K_RANGE = (0.0, LARGEST_K)
WEIGHTS = (0, 1, 2, 3)

SAMPLES: tuple[Sample, ...] = ("unknown", "bulk", "particle")
SAMPLE_TEXTS = ("Unknown", "Bulk crystal", "Nanoparticle")


class CorrectionCard(Card):
    """Card that reports the values set by the user."""

    s02_set = Signal(float, float)
    sample_set = Signal(str)
    window_set = Signal(float, float)
    weight_set = Signal(int)

    def __init__(self, evidence: EvidencePlot) -> None:
        super().__init__("Correction")
        self.evidence = evidence
        self.reset = button("Reset to automatic", role="link")
        self.header.addWidget(self.reset)
        self.e0 = number_field(
            "E0 shift", (-LARGEST_SHIFT, LARGEST_SHIFT), 0.1, 1, suffix=" eV"
        )
        self.e0_std = number_field("Uncertainty of the E0 shift", E0_STD_RANGE, 0.1, 1)
        self.s02 = number_field("S0 squared", S02_RANGE, 0.01, 2, width=92)
        self.s02_std = number_field("Uncertainty of S0 squared", S02_STD_RANGE, 0.01, 2)
        self.sample = Segments("Sample", SAMPLE_TEXTS)
        self._sample_note = label("", "small", wrap=True)
        self._e0_source = label("", "small")
        self._energy = label("", "small")
        self._s02_source = label("", "small", wrap=True)
        self.standard = StandardPanel()
        self.k_min = number_field("Start of the window", K_RANGE, 0.5, 1, width=66)
        self.k_max = number_field("End of the window", K_RANGE, 0.5, 1, width=66)
        self.weight = Segments("k-weight", [str(power) for power in WEIGHTS])
        self._window_note = label("", "small", wrap=True)
        self.as_trained = button("As trained", role="link")
        self._waiting = label(
            "The first prediction fills in the <i>E</i>₀ shift and <i>S</i>₀².",
            "second",
            wrap=True,
        )
        self._lay_out()
        self._connect()

    def show_view(self, view: View) -> None:
        """Show the settings behind the prediction of ``view``."""
        prediction, entry = view.prediction, view.entry
        has_answer = prediction is not None and entry is not None
        self._values.setVisible(has_answer)
        self._waiting.setVisible(entry is not None and not has_answer)
        self._rest.setVisible(entry is not None)
        self.reset.setVisible(_is_set_by_hand(entry))
        if prediction is not None and entry is not None:
            self._show_settings(prediction, entry)
            self._show_evidence(prediction.joint, entry)
        self._show_sample(view)
        if entry is not None:
            self.standard.show_view(view)
            self._show_window(view)

    def _show_settings(self, prediction: Prediction, entry: SpectrumEntry) -> None:
        """Fill the fields: the user's values at once, automatic ones when known."""
        settings, joint = prediction.settings, prediction.joint
        value, std = entry.s02 or (settings.s02, settings.s02_std)
        shift = settings.e0_shift if entry.e0 is None else entry.e0
        shift_std = settings.e0_shift_std if entry.e0_std is None else entry.e0_std
        show_values(
            (self.e0, shift),
            (self.e0_std, shift_std),
            (self.s02, value),
            (self.s02_std, std),
        )
        given = entry.e0 is not None or entry.e0_std is not None
        said = _source(settings.e0_source, given=given)
        if joint is not None and entry.e0 is not None:
            said += f"; {_found(joint.e0_shift, joint.e0_shift_std)} eV"
        self._e0_source.setText(said)
        energy = _energy(entry.spectrum.e0, shift)
        self._energy.setVisible(bool(energy))
        self._energy.setText(energy)
        source = settings.s02_source
        if entry.standard is not None and entry.s02 is None:
            source = "from the standard" if source.endswith(".json") else source
        said = _source(source, given=entry.s02 is not None)
        if joint is not None:
            said = f"{said.partition(';')[0]}; {_found(joint.s02, joint.s02_std)}"
        self._s02_source.setText(said)

    def _show_evidence(self, joint: JointFit | None, entry: SpectrumEntry) -> None:
        """Show what the joint fit says of E0, if there is one."""
        self.evidence.setVisible(joint is not None)
        if joint is not None:
            self.evidence.draw(EvidencePicture(joint, entry.e0))

    def _show_sample(self, view: View) -> None:
        """Offer the kind of the sample where the ensemble knows its crystal."""
        info, entry = view.ensemble, view.entry
        can = info is not None and info.knows_crystal and entry is not None
        self._sample_row.setVisible(can)
        if not can or info is None or entry is None or info.crystal is None:
            return
        self.sample.choose(SAMPLES.index(entry.sample))
        said = _assumed(entry, info.crystal)
        self._sample_note.setVisible(bool(said))
        self._sample_note.setText(said)

    def _show_window(self, view: View) -> None:
        training, (k_min, k_max) = view.training, view.window
        show_values((self.k_min, k_min), (self.k_max, k_max))
        self.weight.choose(WEIGHTS.index(view.k_weight))
        trained = wording.span(training.k_min, training.k_max, decimals=0)
        self._window_note.setText(
            "Hanning, d<i>k</i> 2 Å⁻¹, for plots only; the networks use "
            f"{trained} Å⁻¹, <i>k</i>-weight {training.k_weight}."
        )
        project = view.project
        self.as_trained.setVisible(
            project.window is not None or project.k_weight is not None
        )

    def _report_s02(self) -> None:
        self.s02_set.emit(self.s02.value(), self.s02_std.value())

    def _report_window(self) -> None:
        """Report a window of some width; the end that was not moved gives way."""
        k_min, k_max = self.k_min.value(), self.k_max.value()
        if k_max - k_min < NARROWEST:
            if self.sender() is self.k_min:
                k_min = min(k_min, K_RANGE[1] - NARROWEST)
                k_max = k_min + NARROWEST
            else:
                k_max = max(k_max, K_RANGE[0] + NARROWEST)
                k_min = k_max - NARROWEST
        self.window_set.emit(k_min, k_max)

    def _connect(self) -> None:
        self.s02.valueChanged.connect(self._report_s02)
        self.s02_std.valueChanged.connect(self._report_s02)
        self.k_min.valueChanged.connect(self._report_window)
        self.k_max.valueChanged.connect(self._report_window)
        self.sample.chosen.connect(lambda index: self.sample_set.emit(SAMPLES[index]))
        self.weight.chosen.connect(lambda index: self.weight_set.emit(WEIGHTS[index]))

    def _lay_out(self) -> None:
        self._values, self._rest = QWidget(), QWidget()
        grid = _grid(self._values)
        grid.addWidget(label("<i>E</i>₀ shift"), 0, 0)
        grid.addWidget(self.e0, 0, 1)
        grid.addWidget(label("±", "second"), 0, 2)
        grid.addWidget(self.e0_std, 0, 3)
        grid.addWidget(self._e0_source, 1, 0, 1, 4)
        grid.addWidget(self._energy, 2, 0, 1, 4)
        grid.addWidget(self.evidence, 3, 0, 1, 4)
        grid.addWidget(label("<i>S</i>₀²"), 4, 0)
        grid.addWidget(self.s02, 4, 1)
        grid.addWidget(label("±", "second"), 4, 2)
        grid.addWidget(self.s02_std, 4, 3)
        grid.addWidget(self._s02_source, 5, 0, 1, 4)
        self._sample_row = QWidget()
        self._sample_row.setToolTip(
            "What you know of the sample; the joint fit assumes it"
        )
        column_of(
            label("Sample"),
            row_of(self.sample, None),
            self._sample_note,
            within=self._sample_row,
            spacing=4,
        )
        grid.addWidget(self._sample_row, 6, 0, 1, 4)
        rest = _grid(self._rest)
        rest.addWidget(self.standard, 0, 0, 1, 2)
        rest.addWidget(rule(), 1, 0, 1, 2)
        rest.addWidget(label("FT window"), 2, 0)
        ends = row_of(
            self.k_min,
            label(wording.EN_DASH, "second"),
            self.k_max,
            label("Å⁻¹", "second"),
            spacing=5,
        )
        rest.addLayout(ends, 2, 1)
        rest.addWidget(label("<i>k</i>-weight"), 3, 0)
        weights = row_of(self.as_trained, None, self.weight)
        rest.addLayout(weights, 3, 1)
        rest.addWidget(self._window_note, 4, 0, 1, 2)
        self.fill(self._waiting, self._values, self._rest)


def _grid(parent: QWidget) -> QGridLayout:
    grid = QGridLayout(parent)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(8)
    grid.setVerticalSpacing(4)
    grid.setColumnStretch(0, 1)
    return grid


def _is_set_by_hand(entry: SpectrumEntry | None) -> bool:
    return entry is not None and any(
        value is not None for value in (entry.e0, entry.e0_std, entry.s02)
    )


def _energy(of_file: float | None, shift: float) -> str:
    """Return the energy of k = 0 as a sum of the file's and the shift, if known."""
    if of_file is None:
        return ""
    sign = "−" if shift < 0.0 else "+"
    return (
        f"<i>E</i>₀ = {of_file:.1f} {sign} {abs(shift):.1f} = {of_file + shift:.1f} eV"
    )


def _source(words: str, *, given: bool) -> str:
    if given:
        return "Set by hand"
    # What was assumed is no result of anything automatic.
    said = words if words.startswith("assumed") else f"automatic: {words}"
    return wording.sentence(said[:1].upper() + said[1:])


def _assumed(entry: SpectrumEntry, crystal: Crystal) -> str:
    """Return what the joint fit assumes of the sample, nothing if it is unknown."""
    if entry.sample == "unknown" or crystal.numbers is None:
        return ""
    if entry.method == "networks":
        return "Used by the joint fit only."
    listed = ", ".join(f"{number:g}" for number in crystal.numbers)
    if entry.sample == "bulk":
        return f"Assumed: CN {listed} ± {100.0 * BULK_WIDTH:g} % ({crystal.name})."
    return f"Assumed: CN at most {listed}, less in farther shells ({crystal.name})."


def _found(value: float, std: float) -> str:
    text, uncertainty = wording.value_and_std(Estimate(value, std))
    return f"joint fit {text} ± {uncertainty}"
