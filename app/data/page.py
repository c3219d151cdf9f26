"""The Data tab: groups left, mu(E) and chi(k) in the middle, parameters right."""

from dataclasses import replace
from functools import partial

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from app.data.cards.background_card import OWN as BACKGROUND
from app.data.cards.background_card import BackgroundCard
from app.data.cards.history_card import HistoryCard
from app.data.cards.normalisation_card import OWN as NORMALISATION
from app.data.cards.normalisation_card import NormalisationCard
from app.data.cards.scan_card import ScanCard
from app.data.cards.tools_card import ToolsCard
from app.data.desk import ReductionDesk, Step
from app.data.groups_list import GroupsList
from app.data.middle import WEIGHTS, DataMiddle
from app.data.pictures import chi_picture, draft_edge, mu_picture
from app.data.plots.chi_plots import ReducedChiPlot, ReducedMagnitudePlot
from app.data.plots.mu_plot import MODES, Mode, MuPlot
from app.data.tools import Tools
from app.session.page import (
    WIDE,
    Page,
    Steps,
    resizable,
    scrolled_cards,
    scrolled_down,
    split_in,
)
from app.session.view import View
from app.widgets.basics import Card, button, icon_button, label
from app.widgets.empty import EmptyState
from app.widgets.layouts import row_of
from onne_core.errors import OnneError
from onne_core.reduction import steps
from onne_core.values.project import (
    Project,
    Reduction,
    SpectrumEntry,
    without_spectrum,
)

LEFT, RIGHT = 256, 304
MOST_OVERLAID = 8
"""Marked groups that are drawn beside the selected one."""

REST = 60
"""Time without a move after which background and chi(k) follow a drag, ms: larch holds
the interpreter, and computing at every move would hold up the drag itself."""

TEXTS = {
    "e0": "Set E₀",
    "pre1": "Set pre-edge range",
    "pre2": "Set pre-edge range",
    "norm1": "Set post-edge range",
    "norm2": "Set post-edge range",
    "nnorm": "Set post-edge curve",
    "step": "Set edge step",
    "rbkg": "Set rbkg",
    "k_weight": "Set k-weight of the background",
    "k_min": "Set range of the spline",
    "k_max": "Set range of the spline",
    "end": "Set end of the data",
}


class DataPage(Page):
    """Page of the selected group; its edits go through the ``desk``."""

    edited = Signal(object, str, str)
    selected = Signal(int)
    analysis_wanted = Signal()
    columns_wanted = Signal(object)

    def __init__(self, desk: ReductionDesk) -> None:
        super().__init__("Data")
        self.desk = desk
        self._view: View | None = None
        self._draft: Reduction | None = None
        self._mode: Mode = "mu"
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST)
        self._rest.timeout.connect(self._want_draft)

    def build(self) -> Steps:
        """Make the three columns."""
        self.groups = GroupsList()
        self.scan, self.history = ScanCard(), HistoryCard()
        yield
        self.normalisation = NormalisationCard()
        yield
        self.background, self.tools_card = BackgroundCard(), ToolsCard()
        self.use = button("Use in Analysis", role="primary", icon="analysis")
        self._add_tools(self.use)
        yield
        self._stack = QStackedWidget()
        cards = (
            self.scan,
            self.normalisation,
            self.background,
            self.tools_card,
            self.history,
        )
        columns = self._left_column(), self._stack, scrolled_cards(RIGHT, *cards)
        yield
        split_in(self, "data", *columns, widths=(LEFT, WIDE, RIGHT))
        yield
        mu = MuPlot()
        yield
        chi, magnitude = ReducedChiPlot(), ReducedMagnitudePlot()
        yield
        self.middle = DataMiddle(mu, chi, magnitude)
        self.tools_in_use = Tools(self.desk, self.middle.panel, self)
        self._stack.addWidget(scrolled_down(self.middle))
        yield
        self.empty_open = button("Open files…", role="primary", icon="open")
        self.example = button("Use the example (Ni foil, 300 K)", icon="play")
        sentence = "Open or drop scans of μ(E), detector columns, or χ(k)."
        self._stack.addWidget(
            EmptyState("No data yet", sentence, self.empty_open, self.example)
        )
        self._connect()

    def show_view(self, view: View) -> None:
        """Show ``view``."""
        if self._view is None or view.entry is not self._view.entry:
            self._draft = None
        self._view = view
        project = view.project
        self.groups.show_entries(project.spectra, project.selected)
        self._show()

    def columns(self) -> tuple[QWidget, ...]:
        """Return where F6 goes."""
        if self._view is None or self._view.entry is None:
            return (self.open, self.empty_open)
        return (self.groups, self.middle.mu, self.normalisation.e0)

    @property
    def entry(self) -> SpectrumEntry | None:
        """The selected group."""
        return self._view.entry if self._view is not None else None

    @property
    def reduction(self) -> Reduction | None:
        """What is drawn: a draft while something is dragged or computed."""
        entry = self.entry
        return self._draft or (entry.reduction if entry is not None else None)

    @property
    def acted_on(self) -> tuple[SpectrumEntry, ...]:
        """The marked groups of mu(E), else the selected one."""
        entries = self._view.project.spectra if self._view is not None else ()
        marked = tuple(entries[i] for i in self.groups.groups.marked)
        found = marked or ((self.entry,) if self.entry is not None else ())
        return tuple(entry for entry in found if entry.reduction is not None)

    def _show(self) -> None:
        view = self._view
        if view is None:
            return
        entry, reduction = view.entry, self.reduction
        self._stack.setCurrentIndex(0 if entry is not None else 1)
        self._show_left(view)
        self.use.setEnabled(entry is not None)
        for card in (self.normalisation, self.background):
            card.setVisible(reduction is not None)
        self.history.setVisible(reduction is not None)
        self.scan.setVisible(entry is not None)
        self.tools_card.setVisible(entry is not None)
        if entry is None:
            return
        self.scan.show_entry(entry)
        self._show_tools(view)
        if reduction is None:
            self.middle.show_none(
                f"{entry.name} is χ(k), not μ(E): its background was removed before. "
                "There is nothing to normalise here; it goes to Analysis as it is."
            )
            self._show_chi(view, entry, None)
            self.tools_in_use.show(entry, "")
            return
        self._show_reduction(view, entry, reduction)

    def _show_reduction(
        self, view: View, entry: SpectrumEntry, reduction: Reduction
    ) -> None:
        if self._draft is None:
            self.desk.want(reduction)
        else:
            self._rest.start()
        curves = self.desk.curves(reduction)
        problem = self.desk.problem(reduction)
        found = draft_edge(reduction, curves)
        if isinstance(found, str):
            self.middle.show_none(found)
            self.tools_in_use.show(entry, "")
            return
        scan, edge = found
        glitches = self.tools_in_use.glitches
        others = self._others(view, entry)
        self.middle.show_mu(
            mu_picture(
                reduction,
                (scan, edge),
                curves,
                mode=self._mode,
                others=others if self._mode != "mu" else (),
                glitches=glitches,
                is_choosing=self.tools_in_use.tool == "deglitch",
            )
        )
        if curves is not None or self._draft is None:
            self._show_chi(view, entry, reduction)
        self.normalisation.show_edge(entry, reduction, edge, curves)
        spectrum = curves.removal.spectrum if curves is not None else entry.spectrum
        self.background.show_reduction(reduction, spectrum)
        self.history.show_reduction(reduction)
        self.tools_in_use.show(entry, problem)

    def _show_chi(
        self, view: View, entry: SpectrumEntry, reduction: Reduction | None
    ) -> None:
        curves = self.desk.curves(reduction) if reduction is not None else None
        spectrum = curves.removal.spectrum if curves is not None else entry.spectrum
        rbkg = reduction.settings.rbkg if reduction is not None else None
        others = self._others(view, entry)
        self.middle.show_chi(chi_picture(view, spectrum, rbkg, others))

    def _others(self, view: View, entry: SpectrumEntry) -> list[SpectrumEntry]:
        """Return the marked groups that are drawn beside the selected one."""
        entries = [view.project.spectra[i] for i in self.groups.groups.marked]
        return [other for other in entries if other is not entry][:MOST_OVERLAID]

    def _show_left(self, view: View) -> None:
        count, marked = len(view.project.spectra), len(self.groups.groups.marked)
        groups = "1 group" if count == 1 else f"{count} groups"
        self._count.setText(f"{groups}, {marked} marked" if count else "")
        self._remove.setEnabled(view.entry is not None)
        for link in self._marks:
            link.setEnabled(count > 0)

    def _show_tools(self, view: View) -> None:
        names = [
            (index, entry.name)
            for index, entry in enumerate(view.project.spectra)
            if entry.reduction is not None
        ]
        acted = self.acted_on
        marks = self.groups.groups.marked
        count = sum(view.project.spectra[i].reduction is not None for i in marks)
        self.tools_card.show_groups(names, [one.name for one in acted], count)

    def _left_column(self) -> QWidget:
        self._count = label("", "small")
        card = Card("Groups", beside=(self._count,))
        resizable(card, LEFT)
        self.open = button("Open…", icon="open")
        self._remove = icon_button("remove", "Remove group", self._remove_shown)
        self._marks = (
            button("all", self.groups.mark_all, role="link"),
            button("none", self.groups.mark_none, role="link"),
            button("invert", self.groups.invert_marks, role="link"),
        )
        for link in self._marks:
            link.setAccessibleName(f"Mark {link.text()}")
        card.fill(
            (self.groups, 1),
            row_of(label("Marks", "second"), *self._marks, None, self._remove),
            row_of(self.open, None),
            label("Or drop scans here", "small"),
        )
        return card

    def _connect(self) -> None:
        self.desk.changed.connect(self._take_curves)
        self.tools_in_use.changed.connect(self._show_if_seen)
        self.groups.chosen.connect(self.selected)
        self.groups.marks_changed.connect(self._show)
        self.groups.removal_wanted.connect(self._remove_at)
        self.groups.use_wanted.connect(self.analysis_wanted)
        self.use.clicked.connect(lambda _=False: self.analysis_wanted.emit())
        self.middle.mode.chosen.connect(self._set_mode)
        self.middle.weight.chosen.connect(self._set_weight)
        mu, magnitude = self.middle.mu, self.middle.magnitude
        mu.moved_to.connect(self._preview)
        mu.put.connect(self._set)
        mu.stepped_to.connect(partial(self._set, merge=True))
        mu.restored.connect(self._drop_draft)
        mu.point_chosen.connect(self.tools_in_use.pick)
        magnitude.moved_to.connect(partial(self._preview, "rbkg"))
        magnitude.put.connect(partial(self._set, "rbkg"))
        magnitude.stepped_to.connect(partial(self._set, "rbkg", merge=True))
        magnitude.restored.connect(self._drop_draft)
        for card in (self.normalisation, self.background):
            card.wanted.connect(partial(self._set, merge=True))
        self.normalisation.reset.clicked.connect(
            lambda _=False: self._reset(NORMALISATION, "Reset normalisation")
        )
        self.background.reset.clicked.connect(
            lambda _=False: self._reset(BACKGROUND, "Reset background")
        )
        self.history.removal_wanted.connect(self._take_back)
        self.scan.columns.clicked.connect(self._want_columns)
        window = self.middle.chi.grips
        window.moved.connect(self.middle.preview_window)
        window.put.connect(self._set_window)
        window.stepped.connect(self._step_window)
        window.restored.connect(self._show)
        tools = self.tools_card
        for tool, action in (
            (tools.align, self._align),
            (tools.merge, self._merge),
            (tools.deglitch, self._deglitch),
            (tools.rebin, self._rebin),
            (tools.truncate, self._truncate),
            (tools.calibrate, self._calibrate),
            (tools.absorbed, self._correct_self_absorption),
        ):
            tool.clicked.connect(lambda _=False, action=action: action())

    def _set_mode(self, index: int) -> None:
        self._mode = MODES[index]
        self._show()

    def _set_window(self, k_min: float, k_max: float) -> None:
        self._change_window((k_min, k_max), "")

    def _step_window(self, k_min: float, k_max: float) -> None:
        self._change_window((k_min, k_max), "window")

    def _change_window(self, window: tuple[float, float], merge: str) -> None:
        if self._view is not None:
            project = replace(self._view.project, window=window)
            self.edited.emit(project, "Set FT window", merge)

    def _set_weight(self, index: int) -> None:
        if self._view is not None:
            project = _with_weight(self._view.project, WEIGHTS[index])
            self.edited.emit(project, "Set k-weight", "")

    def _preview(self, name: str, value: float) -> None:
        """Show what a value would give, without setting it."""
        entry = self.entry
        if entry is not None and entry.reduction is not None:
            try:
                self._draft = step_of(name, value)(entry.reduction)
            except OnneError:
                return  # the grip goes on to a value that can be
            assert self._view is not None
            # Lists and tools stay as they are, and need not be painted anew.
            self._show_reduction(self._view, entry, self._draft)

    def _set(self, name: str, value: float, *, merge: bool = False) -> None:
        entry = self.entry
        if entry is None or entry.reduction is None:
            return
        key = f"{name} {entry.source} {entry.name}" if merge else ""
        self._preview(name, value)
        self.desk.change((entry,), step_of(name, value), TEXTS[name], key)

    def _want_draft(self) -> None:
        if self._draft is not None:
            self.desk.want(self._draft)

    def _drop_draft(self) -> None:
        self._draft = None
        self._show()

    def _take_curves(self) -> None:
        is_held = self.middle.mu.is_dragging or self.middle.magnitude.grip.is_dragging
        if not self.desk.is_changing and not is_held:
            self._draft = None
        self._show_if_seen()

    def _show_if_seen(self) -> None:
        if self.isVisible():
            self._show()

    def _reset(self, names: tuple[str, ...], text: str) -> None:
        if self.entry is not None:
            self.desk.change((self.entry,), partial(steps.reset, names=names), text)

    def _take_back(self, index: int) -> None:
        if self.entry is not None:
            step = partial(steps.without_operation, index=index)
            self.desk.change((self.entry,), step, "Take back a step")

    def _align(self) -> None:
        view, index = self._view, self.tools_card.standard.currentData()
        if view is None or index is None:
            return
        standard = view.project.spectra[index]
        entries = [one for one in self.acted_on if one is not standard]
        if standard.reduction is None:
            return
        if not entries:
            self.tools_in_use.say("Mark or select another group than the standard.")
            return
        reduction, name = standard.reduction, standard.name
        text = f"Align to {name}"
        step = partial(steps.aligned, standard=reduction, name=name)
        self.desk.change(entries, step, text)

    def _merge(self) -> None:
        entries = self.acted_on
        if entries:
            self.desk.merge(entries, f"{entries[0].name}, merge of {len(entries)}")

    def _deglitch(self) -> None:
        entry = self._only()
        if entry is not None:
            self.tools_in_use.deglitch(entry)

    def _rebin(self) -> None:
        self.desk.change(self.acted_on, steps.rebinned, "Rebin")

    def _truncate(self) -> None:
        if self.acted_on:
            self.tools_in_use.truncate(self.acted_on)

    def _calibrate(self) -> None:
        entry = self._only()
        if entry is not None and entry.reduction is not None:
            curves = self.desk.curves(entry.reduction)
            self.tools_in_use.calibrate(entry, curves.tabulated if curves else None)

    def _correct_self_absorption(self) -> None:
        if self.acted_on:
            self.tools_in_use.correct_self_absorption(self.acted_on)

    def _only(self) -> SpectrumEntry | None:
        """Return the only group that is acted on, selected if need be."""
        if len(self.acted_on) != 1 or self._view is None:
            return None
        (entry,) = self.acted_on
        if entry is not self.entry:
            spectra = self._view.project.spectra
            self.selected.emit(next(i for i, e in enumerate(spectra) if e is entry))
        return entry

    def _want_columns(self) -> None:
        if self.entry is not None:
            self.columns_wanted.emit(self.entry)

    def _remove_shown(self) -> None:
        if self._view is not None:
            self._remove_at(self._view.project.selected)

    def _remove_at(self, index: int) -> None:
        if self._view is not None and 0 <= index < len(self._view.project.spectra):
            name = self._view.project.spectra[index].name
            project = without_spectrum(self._view.project, index)
            self.edited.emit(project, f"Remove {name}", "")


def step_of(name: str, value: float) -> Step:
    """Return the step that gives a setting, or the end of the data, a new value."""
    if name == "end":
        return partial(steps.ending_at, energy=value)
    return partial(steps.with_setting, name=name, value=value)


def _with_weight(project: Project, k_weight: int) -> Project:
    return replace(project, k_weight=k_weight)
