"""The Analysis tab: spectra left, prediction in the middle, verdict right."""

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from app.analysis.cards.compare_card import CompareCard
from app.analysis.cards.correction_card import CorrectionCard
from app.analysis.cards.ensemble_picker import EnsemblePicker
from app.analysis.cards.reduction_card import ReductionCard
from app.analysis.cards.verdict_card import VerdictCard
from app.analysis.middle import AnalysisMiddle
from app.analysis.plots.amplitude_plot import AmplitudePlot
from app.analysis.plots.chi_plot import ChiPlot
from app.analysis.plots.evidence_plot import EvidencePlot
from app.analysis.plots.magnitude_plot import MagnitudePlot
from app.analysis.plots.radial_plot import RadialPlot
from app.analysis.plots.stack_plot import StackPlot
from app.analysis.spectra_list import SpectraList
from app.analysis.stack_panel import NAMES, StackPanel
from app.look import wording
from app.session.page import (
    WIDE,
    Page,
    Steps,
    resizable,
    scrolled_cards,
    scrolled_down,
    split_in,
)
from app.session.service import EnsembleInfo
from app.session.view import View
from app.widgets.basics import Card, button, icon_button, label, rule
from app.widgets.empty import EmptyState
from app.widgets.layouts import row_of
from onne_core.ensemble.suited import absorber_of
from onne_core.values.prediction import Method, Sample
from onne_core.values.project import Project, with_entry, without_spectrum

LEFT, RIGHT = 256, 304

OF_SPECTRUM = (
    "export",
    "copy_figure",
    "copy_methods",
    "known",
    "reset_correction",
    "reset_limits",
    "remove",
)
"""Actions offered for a spectrum of the list."""


class AnalysisPage(Page):
    """Page of the selected spectrum; reports edits as new projects."""

    edited = Signal(object, str, str)
    previewed = Signal(object)

    def __init__(self) -> None:
        super().__init__("Analysis")
        self._view: View | None = None

    def build(self) -> Steps:
        """Make the three columns."""
        self.spectra = SpectraList()
        self.picker = EnsemblePicker()
        self.verdict = VerdictCard()
        yield
        self.correction = CorrectionCard(EvidencePlot())
        yield
        self.reduction = ReductionCard()
        self.compare = CompareCard()
        self.copy_figure = button("Copy figure", icon="copy")
        self.export_button = button("Export…", role="primary", icon="export")
        self._add_tools(self.copy_figure, self.export_button)
        yield
        self.middle_stack = QStackedWidget()
        columns = (self._left_column(), self.middle_stack, self._right_column())
        yield
        split_in(self, "analysis", *columns, widths=(LEFT, WIDE, RIGHT))
        yield
        yield from self._middle_column()
        self._connect()

    def show_view(self, view: View) -> None:
        """Show ``view``."""
        self._view = view
        self.spectra.show_view(view)
        self.picker.show_view(view)
        self.middle_stack.setCurrentIndex(0 if view.entry is not None else 1)
        self._remove.setEnabled(view.entry is not None)
        self._overlay.setVisible(len(view.project.spectra) > 1)
        self.export_button.setEnabled(view.prediction is not None)
        self.copy_figure.setEnabled(view.prediction is not None)
        self.verdict.show_outcome(view.outcome)
        self.correction.show_view(view)
        self.reduction.show_view(view)
        self.compare.show_view(view)
        self.compare.setVisible(view.entry is not None)
        self._draw()

    def columns(self) -> tuple[QWidget, ...]:
        """Return where F6 goes."""
        if self._view is None or self._view.entry is None:
            return (self.open, self._empty_open)
        return (self.spectra, self.middle.radial, self.correction.e0)

    def _draw(self) -> None:
        if self._view is not None and self._view.entry is not None:
            marked = self.spectra.selection()
            self.middle.show_view(self._view, self.compare.shown, marked)

    def _left_column(self) -> QWidget:
        card = Card("Spectra")
        resizable(card, LEFT)
        self.open = button("Open…", icon="open")
        self._remove = icon_button("remove", "Remove spectrum", self._remove_shown)
        self._overlay = button("Overlay", self.spectra.mark_all, icon="series")
        self._overlay.setToolTip("Stack all spectra")
        card.fill(
            (self.spectra, 1),
            row_of(self.open, self._overlay, None, self._remove),
            label("Or drop χ(k) or μ(E) files here", "small"),
            rule(),
            self.picker,
        )
        return card

    def _middle_column(self) -> Steps:
        radial = RadialPlot()
        yield
        chi = ChiPlot()
        yield
        magnitude = MagnitudePlot()
        yield
        stacked: list[StackPlot] = []
        for name in NAMES:
            stacked.append(StackPlot(name))
            yield
        panel = StackPanel(tuple(stacked))
        yield
        amplitude = AmplitudePlot()
        yield
        self.middle = AnalysisMiddle(radial, chi, magnitude, panel, amplitude)
        yield
        self.middle_stack.addWidget(scrolled_down(self.middle))
        yield
        self._empty_open = button(
            "Open spectra…", self.open.click, role="primary", icon="open"
        )
        self.example = button("Use the example (Ni foil, 300 K)", icon="play")
        empty = EmptyState(
            "No spectrum yet",
            "Open or drop measured files with columns k, χ(k) or energy, μ(E).",
            self._empty_open,
            self.example,
        )
        self.middle_stack.addWidget(empty)

    def _right_column(self) -> QWidget:
        cards = self.verdict, self.correction, self.compare, self.reduction
        return scrolled_cards(RIGHT, *cards)

    def _connect(self) -> None:
        self.spectra.removal_wanted.connect(self._remove_at)
        self.spectra.menu_wanted.connect(
            lambda place: self.menu_wanted.emit(place, OF_SPECTRUM)
        )
        self.picker.absorber_named.connect(self._name_absorber)
        self.spectra.selection_changed.connect(self._draw)
        self.middle.stacked.close_button.clicked.connect(self.spectra.mark_one)
        self.correction.e0.valueChanged.connect(self._set_e0)
        self.correction.e0_std.valueChanged.connect(self._set_e0_std)
        self.correction.s02_set.connect(self._set_s02)
        self.correction.sample_set.connect(self._set_sample)
        self.correction.window_set.connect(self._set_window)
        self.correction.weight_set.connect(self._set_weight)
        self.correction.as_trained.clicked.connect(self._reset_window)
        self.compare.switched.connect(self._draw)
        self.compare.remove.clicked.connect(self._remove_known)
        self.compare.ensemble_chosen.connect(self._compare_ensemble)
        self.middle.shells.method_chosen.connect(self._set_method)
        evidence = self.correction.evidence
        evidence.e0_moved.connect(self._preview_e0)
        evidence.e0_set.connect(self._drop_e0)
        evidence.e0_stepped.connect(self._set_e0)
        evidence.e0_restored.connect(lambda: self.previewed.emit(None))
        evidence.e0_reset.connect(self._reset_e0)
        window = self.middle.chi.grips
        window.moved.connect(self._preview_window)
        window.put.connect(self._drop_window)
        window.stepped.connect(self._set_window)
        window.restored.connect(lambda: self.previewed.emit(None))
        plot = self.middle.radial
        plot.limits_moved.connect(self._preview_limits)
        plot.limits_set.connect(self._set_limits)
        plot.limits_stepped.connect(self._step_limits)
        plot.limits_restored.connect(lambda: self.previewed.emit(None))

    def _name_absorber(self, name: str) -> None:
        """Take ``name`` for all spectra that are as unknown as the one on screen."""
        view = self._view
        if view is None or view.entry is None:
            return
        before = view.entry.absorber
        spectra = tuple(
            replace(entry, absorber=name)
            if entry.absorber == before and absorber_of(entry.spectrum) is None
            else entry
            for entry in view.project.spectra
        )
        project = replace(view.project, spectra=spectra)
        self.edited.emit(project, f"Absorber: {name or 'unknown'}", "")

    def _set_e0(self, value: float) -> None:
        self._change("Set E0 shift", merge="e0", e0=value)

    def _set_e0_std(self, value: float) -> None:
        changes = {"e0_std": value}
        joint = (
            self._view.prediction.joint
            if self._view and self._view.prediction
            else None
        )
        if joint is not None:
            # The uncertainty of what the fit finds is found too; that of what the
            # user knows is not.
            changes["e0"] = self.correction.e0.value()
        self._change("Set E0 uncertainty", merge="e0_std", **changes)

    def _preview_e0(self, value: float) -> None:
        view = self._view
        if view is not None and view.entry is not None:
            project = with_entry(view.project, view.project.selected, e0=value)
            self.previewed.emit(project)

    def _drop_e0(self, value: float) -> None:
        self._change("Set E0 shift", e0=value)

    def _reset_e0(self) -> None:
        self._change("Reset E0 shift", e0=None, e0_std=None)

    def _set_method(self, method: Method) -> None:
        self._change(f"Answer: {wording.METHODS[method]}", method=method)

    def _set_sample(self, sample: Sample) -> None:
        self._change(f"Sample: {wording.SAMPLES[sample]}", sample=sample)

    def _set_window(self, k_min: float, k_max: float) -> None:
        self._change_plots("Set FT window", "window", window=(k_min, k_max))

    def _set_weight(self, k_weight: int) -> None:
        self._change_plots("Set k-weight", "", k_weight=k_weight)

    def _preview_window(self, k_min: float, k_max: float) -> None:
        if self._view is not None:
            self.previewed.emit(replace(self._view.project, window=(k_min, k_max)))

    def _drop_window(self, k_min: float, k_max: float) -> None:
        self._change_plots("Set FT window", "", window=(k_min, k_max))

    def _reset_window(self) -> None:
        self._change_plots("Reset FT window", "", window=None, k_weight=None)

    def _change_plots(self, text: str, merge: str, **changes: object) -> None:
        if self._view is not None:
            project = replace(self._view.project, **changes)
            self.edited.emit(project, text, merge)

    def _set_s02(self, value: float, std: float) -> None:
        self._change("Set S0²", merge="s02", s02=(value, std))

    def _with_limits(self, label: str, lower: float, upper: float) -> Project | None:
        view = self._view
        if view is None or view.entry is None:
            return None
        limits = view.entry.limits | {label: (lower, upper)}
        return with_entry(view.project, view.project.selected, limits=limits)

    def _preview_limits(self, label: str, lower: float, upper: float) -> None:
        project = self._with_limits(label, lower, upper)
        if project is not None:
            self.previewed.emit(project)

    def _set_limits(
        self, label: str, lower: float, upper: float, merge: str = ""
    ) -> None:
        project = self._with_limits(label, lower, upper)
        if project is not None:
            self.edited.emit(project, f"Limits of {wording.pair(label)}", merge)

    def _step_limits(self, label: str, lower: float, upper: float) -> None:
        self._set_limits(label, lower, upper, f"limits {label}")

    def _change(self, text: str, *, merge: str = "", **changes: object) -> None:
        view = self._view
        if view is None or view.entry is None:
            return
        index = view.project.selected
        key = f"{merge} {index}" if merge else ""
        self.edited.emit(with_entry(view.project, index, **changes), text, key)

    def _remove_known(self) -> None:
        self._change("Remove known g(r)", known=None)

    def _compare_ensemble(self, info: EnsembleInfo | None) -> None:
        if self._view is not None:
            key = info.key if info else ""
            project = replace(self._view.project, compared=key)
            self.edited.emit(project, "Compare with another ensemble", "")

    def _remove_shown(self) -> None:
        if self._view is not None:
            self._remove_at(self._view.project.selected)

    def _remove_at(self, index: int) -> None:
        if self._view is not None and 0 <= index < len(self._view.project.spectra):
            name = self._view.project.spectra[index].name
            project = without_spectrum(self._view.project, index)
            self.edited.emit(project, f"Remove {name}", "")
