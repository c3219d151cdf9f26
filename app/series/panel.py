"""Left column of Series: its spectra, its axis, and the display options."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QWidget,
)

from app.look import wording
from app.series.arrays import axes_of
from app.session.view import View
from app.widgets.basics import Card, button, label, rule, say, set_text
from app.widgets.chip import VerdictChip
from app.widgets.facts import Facts
from app.widgets.fields import ComboBox
from app.widgets.layouts import column_of, fill, row_of
from onne_core.formats.conditions import INDEX, UNITS, title_of
from onne_core.results.series import (
    EDGE,
    FAILED,
    INSIDE,
    OUTSIDE,
    PENDING,
    STATES,
    Series,
)

VERDICTS = (INSIDE, EDGE, OUTSIDE)
MOST_NOTES = 4
"""Stretches of the series that are described in words."""

AROUND = 0.35
"""Å shown on both sides of a shell."""


class SeriesPanel(QWidget):
    """Panel that reports requests; ``changed`` when the display options change."""

    changed = Signal()
    along_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        card = Card("Series")
        column_of(card, within=self)
        body = card.body
        self.facts = Facts()
        self.files = button("Add files…", icon="plus")
        self.folder = button("Folder…", icon="open")
        self.watch = button("Watch folder…")
        self.watching = label("", "small", wrap=True)
        self.along, self.shell, self.r = ComboBox(), ComboBox(), ComboBox()
        self.values = button("Set values…")
        self.minus = QCheckBox("Minus the first spectrum")
        self.notes = label("", "note", wrap=True)
        self.go_on = button("Analyse remaining", icon="play")
        self.go_on.hide()
        adding = row_of(self.files, self.folder, None)
        fill(body, self.facts, adding, self.watch, self.watching, rule())
        fill(body, self._choices(), self.minus, rule())
        body.addWidget(label("In the trends", "heading"))
        self.boxes: dict[int, QCheckBox] = {}
        self._counts: dict[int, QLabel] = {}
        self._chips: dict[int, VerdictChip] = {}
        for state in VERDICTS:
            body.addLayout(self._verdict_row(state))
        # Only now: what is shown without a parent is a window of its own.
        for state, chip in self._chips.items():
            chip.show_verdict(STATES[state])
        fill(body, self.notes, self.go_on, None)
        self.r.addItem("full r range", userData=False)
        self.r.addItem("shell only", userData=True)
        for box in (self.shell, self.r):
            box.currentIndexChanged.connect(self.changed)
        self.minus.toggled.connect(self.changed)
        self.along.currentIndexChanged.connect(self._report_along)

    @property
    def shown(self) -> frozenset[int]:
        """States of spectra included in the trends."""
        return frozenset(state for state, box in self.boxes.items() if box.isChecked())

    @property
    def is_around(self) -> bool:
        """True if only the r range around the shell is wanted."""
        return bool(self.r.currentData())

    def show_series(self, view: View, series: Series, declined: int) -> None:
        """Show what is known of ``series``."""
        self.facts.set_facts(_facts(series, UNITS.get(view.project.along, "")))
        self._offer_axes(view)
        labels = [(wording.pair(name), name) for name, _ in series.shells]
        self.shell.offer(labels, self.shell.currentData())
        for state in VERDICTS:
            self._counts[state].setText(wording.count(series.count(state)))
        self.values.setEnabled(series.size > 0)
        set_text(self.notes, _notes(view, series, self.shown, declined))
        self.go_on.setVisible(declined > 0)

    def show_watching(self, sentence: str) -> None:
        """Show which folder is watched, if any."""
        say(self.watching, sentence)
        self.watch.setText("Stop watching" if sentence else "Watch folder…")

    def _choices(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        for row, (text, box, name) in enumerate(
            (
                ("Order by", self.along, "Axis of the series"),
                ("Shell", self.shell, "Shell of the trends"),
                ("Show", self.r, "Part of r in the heat map"),
            )
        ):
            box.setAccessibleName(name)
            grid.addWidget(label(text, "second"), 2 * row, 0)
            grid.addWidget(box, 2 * row, 1)
        grid.addWidget(self.values, 1, 1)
        return grid

    def _verdict_row(self, state: int) -> QHBoxLayout:
        box = self.boxes[state] = QCheckBox()
        box.setAccessibleName(f"{STATES[state]} in the trends")
        box.setChecked(state != OUTSIDE)
        box.toggled.connect(self.changed)
        chip, count = VerdictChip(), label("0", "strong")
        self._counts[state], self._chips[state] = count, chip
        return row_of(box, chip, None, count)

    def _offer_axes(self, view: View) -> None:
        names = axes_of(view.project.spectra)
        along = view.project.along
        if along not in names:
            names = (*names, along)
        self.along.offer([(title_of(name), name) for name in names], along)

    def _report_along(self) -> None:
        self.along_chosen.emit(self.along.currentData() or INDEX)


def _facts(series: Series, unit: str) -> tuple[tuple[str, str], ...]:
    low = high = ""
    if series.order.size:
        low, high = (f"{series.at[series.order[i]]:.5g}" for i in (0, -1))
    reach = low if low == high else f"{low}{wording.EN_DASH}{high}"
    reach = f"{reach.replace('-', '−')} {unit}".rstrip()
    return (("Spectra", wording.count(series.size)), ("Range", reach))


def _notes(view: View, series: Series, shown: frozenset[int], declined: int) -> str:
    """Return in words what is left out, and where the verdicts are not inside."""
    lines = []
    out = [
        f"{wording.count(series.count(state))} {STATES[state]}"
        for state in (*VERDICTS, FAILED)
        if state not in shown and series.count(state)
    ]
    if out:
        lines.append(f"<b>Left out of the trends: {', '.join(out)}.</b>")
    unplaced = series.size - series.order.size
    if unplaced:
        lines.append(
            f"{wording.count(unplaced)} spectra have no {view.project.along} and "
            "appear only in the table."
        )
    others = {one.info.name for one in view.choices if one.info} - {series.ensemble[0]}
    if others:
        lines.append(
            f"CN, R and g(r) are those of {series.ensemble[0]}. Select a spectrum of "
            f"{' or '.join(sorted(others))} to see those of its ensemble."
        )
    pending = series.count(PENDING)
    if declined:
        lines.append(f"Stopped: {wording.count(declined)} not analysed.")
    elif pending and any(choice.info for choice in view.choices):
        lines.append(f"Analysing {wording.count(pending)}.")
    lines += _stretches(series)
    return "<br>".join(lines)


def _stretches(series: Series) -> list[str]:
    """Return the longest stretches of spectra that are not inside, with a reason."""
    order = series.order.tolist()
    runs: list[list[int]] = []
    for index in order:
        state = int(series.states[index])
        if state not in (EDGE, OUTSIDE, FAILED):
            runs.append([])
        elif runs and runs[-1] and series.states[runs[-1][-1]] == state:
            runs[-1].append(index)
        else:
            runs.append([index])
    longest = sorted((run for run in runs if run), key=len, reverse=True)
    told = sorted(longest[:MOST_NOTES], key=lambda run: series.at[run[0]])
    lines = [_told(series, run) for run in told]
    if len(longest) > MOST_NOTES:
        lines.append(f"and {len(longest) - MOST_NOTES} more such ranges.")
    return lines


def _told(series: Series, run: list[int]) -> str:
    first, last = run[0], run[-1]
    state = STATES[int(series.states[first])]
    place = f"{series.at[first]:.5g}"
    if last != first:
        place += f"{wording.EN_DASH}{series.at[last]:.5g}"
    reason = series.problems.get(first) or next(iter(series.reasons.get(first, ())), "")
    if len(reason) > 110:
        reason = f"{reason[:108]}…"
    text = wording.sentence(reason).replace("&", "&amp;").replace("<", "&lt;")
    return f"<b>{place}</b> {state}: {text}"
