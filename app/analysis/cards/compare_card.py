"""Overlays of the prediction: networks, methods, another ensemble, a known g(r)."""

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QRectF, QSize, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QCheckBox, QWidget

from app.look import wording
from app.session.service import EnsembleInfo
from app.session.view import View
from app.widgets.basics import Card, button, combo, icon_button, label, plain_label
from app.widgets.layouts import row_of
from app.widgets.legend import SWATCH, Form, Key, paint_swatch
from onne_core.results.conventional_report import lines

COMPARE = "Compare with conventional fit"
NONE = "Another ensemble…"


@dataclass(frozen=True)
class Overlays:
    """Overlays that are switched on."""

    members: bool = False
    known: bool = True
    inversion: bool = True
    fit: bool = True
    beside: bool = False


class Swatch(QWidget):
    """One stroke of a legend."""

    def __init__(self, key: Key) -> None:
        super().__init__()
        self._key = key
        self.setFixedSize(QSize(round(SWATCH), 16))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the stroke."""
        painter = QPainter(self)
        paint_swatch(painter, self._key, QRectF(0, 3, SWATCH, 10))
        painter.end()


class CompareCard(Card):
    """Switches for overlays; requests comparisons, an ensemble, a known g(r)."""

    switched = Signal()
    ensemble_chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__("Compare")
        self._ensembles: tuple[EnsembleInfo | None, ...] = (None,)
        self.members = QCheckBox("Networks")
        self.known = _checked("Known g(r)")
        self.inversion = _checked("Regularised inversion")
        self.fit = _checked("Cumulant fit")
        self.beside = QCheckBox("Networks alone")
        self.other = combo("Another ensemble")
        self.compare = button(COMPARE)
        self._state = label("", "small", wrap=True)
        self._notes = label("", "small", wrap=True)
        self._file = plain_label("", "small", wrap=True)
        self.add = button("Known g(r)…", role="link", icon="plus")
        self.remove = icon_button("close", "Remove known g(r)")
        self._lay_out()
        for box in (
            self.members,
            self.beside,
            self.known,
            self.inversion,
            self.fit,
        ):
            box.toggled.connect(self.switched)
        self.other.activated.connect(self._report)

    @property
    def shown(self) -> Overlays:
        """Overlays that are switched on."""
        return Overlays(
            members=self.members.isChecked(),
            known=self.known.isChecked(),
            inversion=self.inversion.isChecked(),
            fit=self.fit.isChecked(),
            beside=self.beside.isChecked(),
        )

    def show_view(self, view: View) -> None:
        """Offer the overlays of ``view``."""
        prediction = view.prediction
        self._members_row.setVisible(prediction is not None)
        if prediction is not None:
            self.members.setText(f"Networks ({prediction.members})")
        self._show_beside(view)
        self._show_known(view)
        self._show_methods(view)
        self._show_other(view)

    def _show_beside(self, view: View) -> None:
        """Offer the answer of the other method."""
        answer = view.beside.prediction
        self._beside_row.setVisible(answer is not None)
        if answer is not None:
            name = wording.method_of(answer)
            text = name[0].upper() + name[1:]
            if answer.back is not None:
                text += f", R-factor {wording.r_factor(answer.back.r_factor_r)}"
            self.beside.setText(text)

    def _show_known(self, view: View) -> None:
        known, prediction = view.entry.known if view.entry else None, view.prediction
        self._known_row.setVisible(known is not None)
        self._file.setVisible(known is not None)
        self.add.setVisible(known is None)
        if known is not None:
            self._file.setText(Path(known.source).name)
            if prediction and not set(known.distribution.partials) & set(
                prediction.pairs
            ):
                pairs = ", ".join(known.distribution.partials)
                self._file.setText(
                    f"Contains only {pairs}: no pair in common with this prediction."
                )

    def _show_methods(self, view: View) -> None:
        comparison = view.comparison
        has_fit = comparison is not None
        has_inversion = (
            comparison is not None and comparison.analyses.inversion is not None
        )
        self._fit_row.setVisible(has_fit)
        self._inversion_row.setVisible(has_inversion)
        self.compare.setVisible(view.prediction is not None and not has_fit)
        self.compare.setEnabled(view.outcome.is_current and not view.is_comparing)
        self.compare.setText("Comparing…" if view.is_comparing else COMPARE)
        self._notes.setVisible(has_fit)
        self._state.setVisible(view.prediction is not None and not has_fit)
        self._state.setText(
            "Larch cumulant fit and regularised (Tikhonov) inversion of the same "
            "spectrum with the same paths."
        )
        if comparison is not None:
            self._notes.setText(
                "<br>".join(wording.sentence(text) for text in lines(comparison))
            )

    def _show_other(self, view: View) -> None:
        others = tuple(info for info in view.ensembles if info is not view.ensemble)
        self._other_row.setVisible(view.prediction is not None and bool(others))
        self._ensembles = (None, *others)
        names = [(NONE, ""), *((info.name, info.key) for info in others)]
        self.other.offer(names, view.compared.key if view.compared else "")
        self._other_note.setVisible(view.compared is not None)
        self._other_note.setText(_of_other(view))

    def _lay_out(self) -> None:
        self._members_row = _row(self.members, Swatch(Key("", "line", "series")))
        self._beside_row = _row(self.beside, _swatch("dotted", "accent"))
        self._known_row = _row(self.known, self.remove, _swatch("dashed", "text"))
        self._inversion_row = _row(self.inversion, _swatch("long", "second"))
        self._fit_row = _row(self.fit, _swatch("dotted", "text"))
        self._other_row = QWidget()
        swatch = _swatch("dashdot", "accent")
        row_of((self.other, 1), swatch, within=self._other_row)
        self._other_note = label("", "small", wrap=True)
        self._other_note.hide()
        self.fill(
            self._members_row,
            self._beside_row,
            self._known_row,
            self._file,
            self._inversion_row,
            self._fit_row,
            self._other_row,
            self._other_note,
            self.add,
            self.compare,
            self._state,
            self._notes,
        )
        self.body.setSpacing(4)

    def _report(self, index: int) -> None:
        self.ensemble_chosen.emit(self._ensembles[index])


def _of_other(view: View) -> str:
    """Return a sentence on the other ensemble's prediction."""
    answer, own = view.other.prediction, view.prediction
    if answer is None:
        return view.other.problem or "Predicting…"
    said = f"Verdict: {wording.VERDICTS[answer.verdict.name]}."
    if own is not None and not set(answer.pairs) & set(own.pairs):
        pairs = ", ".join(wording.pair(name) for name in answer.pairs)
        said += f" It predicts {pairs}: no pair in common with this prediction."
    return said


def _checked(text: str) -> QCheckBox:
    box = QCheckBox(text)
    box.setChecked(True)
    return box


def _swatch(form: Form, role: str) -> Swatch:
    return Swatch(Key("", form, role))


def _row(first: QWidget, *others: QWidget) -> QWidget:
    row = QWidget()
    row_of(first, None, *others, within=row)
    return row
