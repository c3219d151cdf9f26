"""Structure card: common factors of the shells, directions, vibrations, vacancies."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox

from app.look import wording
from app.look.rich_text import safe_tip
from app.shells.disclosure import Disclosure
from app.shells.editor.named_range import NamedRange
from app.widgets.basics import Card, combo, label, rule
from app.widgets.fields import SpinBox, show_values, whole_field
from app.widgets.layouts import fill, row_of
from onne_core.values.recipe import COMMON_BOUNDS, Bounds
from onne_core.values.structure import (
    LATTICES,
    MOST_JITTER,
    OWN_CRYSTAL,
    Angles,
    Range,
    System,
)

FREE = "Free (genetic algorithm)"
FROM_FILE = "From a structure file…"
JITTER_BOUNDS = Bounds(0.0, MOST_JITTER)
MOTION_BOUNDS = Bounds(0.0, 1.0)
USUAL_MOTION = (0.5, 1.0)
"""What a field shows while there is no motion, and what it begins with."""

JITTER_TIPS = (
    "Standard deviation across the crystal directions, relative to that along them.",
    "Standard deviation across the crystal directions, relative to that from "
    "lattice vibrations.",
)


class StructureCard(Card):
    """Card that reports edits by field name; it holds no value of its own."""

    template_chosen = Signal(object)
    file_wanted = Signal()
    range_entered = Signal(str, object, bool)
    share_set = Signal(str, float)

    def __init__(self) -> None:
        super().__init__("Structure")
        self._system: System | None = None
        self.template = combo("Neighbour directions")
        self.ranges = _ranges()
        self.more = Disclosure("Vibrations and vacancies")
        self.together = QCheckBox("Correlated motion")
        self.together.setToolTip(
            "In a warm crystal neighbouring atoms move together. Without this each "
            "atom moves independently and straight rows of atoms come out too bent."
        )
        self.shares = {
            "template_share": _percent("Clusters with these directions"),
            "sided_share": _percent("Clusters with vacancies on one side"),
        }
        self._lay_out()
        self._connect()

    def show_system(self, system: System) -> None:
        """Show directions and common factors of ``system``."""
        self._system = system
        self._show_template(system.angles)
        for name in COMMON_BOUNDS:
            self.ranges[name].show_range(getattr(system, name))
        angles = system.angles
        self.ranges["jitter"].show_range(Range(*angles.jitter))
        self.ranges["jitter"].set_tip(JITTER_TIPS[angles.motion is not None])
        self.ranges["motion"].show_range(Range(*(angles.motion or USUAL_MOTION)))
        self.ranges["motion"].setEnabled(angles.motion is not None)
        with QSignalBlocker(self.together):
            self.together.setChecked(angles.motion is not None)
        for name, box in self.shares.items():
            show_values((box, round(100.0 * getattr(angles, name))))
        self.more.setVisible(angles.template is not None)
        self.more.say(_summary(angles))

    def say(self, name: str, problem: str) -> None:
        """Show the problem of a range."""
        if name in ("jitter", "motion"):
            self.more.open()
        self.ranges[name].say(problem)

    def _show_template(self, angles: Angles) -> None:
        template = angles.template
        texts = [FREE, *LATTICES]
        if angles.crystal is not None:
            texts.append(OWN_CRYSTAL)
        chosen = template or FREE
        if chosen not in texts:
            chosen = Path(chosen).name
            texts.append(chosen)
        texts.append(FROM_FILE)
        self.template.offer([(text, text) for text in texts], chosen)
        self.template.setToolTip(safe_tip(template or FREE))

    def _choose_template(self, index: int) -> None:
        text = self.template.itemText(index)
        if text == FROM_FILE:
            if self._system is not None:
                self._show_template(self._system.angles)
            self.file_wanted.emit()
        elif text == FREE:
            self.template_chosen.emit(None)
        elif text in (OWN_CRYSTAL, *LATTICES):
            self.template_chosen.emit(text)

    def _connect(self) -> None:
        self.template.activated.connect(self._choose_template)
        for name, field in self.ranges.items():
            field.entered.connect(partial(self.range_entered.emit, name))
        for name, box in self.shares.items():
            box.valueChanged.connect(
                lambda value, name=name: self.share_set.emit(name, value / 100.0)
            )

    def _lay_out(self) -> None:
        self.body.addWidget(label("Neighbour directions", "second"))
        self.body.addWidget(self.template)
        self.body.addWidget(self.more)
        more = self.more.body
        fill(more, self.together, self.ranges["motion"], self.ranges["jitter"])
        for name, text, tip in (
            (
                "template_share",
                "On lattice",
                "Share of clusters with the crystal directions; the others have "
                "free angles.",
            ),
            (
                "sided_share",
                "Vacancies on one side",
                "Share of clusters whose missing neighbours lie on one side, as at "
                "a surface; in the others they are missing at random. Applies where "
                "a shell has fewer neighbours than the crystal has sites.",
            ),
        ):
            title = label(text, "second")
            title.setToolTip(tip)
            self.shares[name].setToolTip(tip)
            more.addLayout(row_of((title, 1), self.shares[name]))
        self.fill(rule(), label("All shells", "second"))
        for name in COMMON_BOUNDS:
            self.body.addWidget(self.ranges[name])


def _summary(angles: Angles) -> str:
    """Return a one-line summary of vibrations and vacancies."""
    said = ["independent motion"]
    if angles.motion is not None:
        together = wording.span(*angles.motion, decimals=1)
        said = [f"correlated motion, {together}"]
    if angles.template_share < 1.0:
        said.append(f"{wording.percent(1.0 - angles.template_share)} free angles")
    said.append(f"{wording.percent(angles.sided_share)} with vacancies on one side")
    text = "; ".join(said)
    return f"{text[0].upper()}{text[1:]}."


def _percent(name: str) -> SpinBox:
    box = whole_field(name, 0, 100, 84)
    box.setSingleStep(5)
    box.setSuffix(" %")
    return box


def _ranges() -> dict[str, NamedRange]:
    return {
        "distance_scale": NamedRange(
            "Distance factor",
            COMMON_BOUNDS["distance_scale"],
            step=0.01,
            decimals=2,
            tip="Multiplies all distances of a macrostate, so that the shells "
            "expand or contract together.",
        ),
        "coordination_scale": NamedRange(
            "CN factor",
            COMMON_BOUNDS["coordination_scale"],
            step=0.01,
            decimals=2,
            tip="Multiplies all coordination numbers of a macrostate: in a small "
            "particle every shell lacks neighbours.",
        ),
        "sigma_scale": NamedRange(
            "σ factor",
            COMMON_BOUNDS["sigma_scale"],
            step=0.01,
            decimals=2,
            tip="Multiplies all standard deviations and skewnesses of a macrostate: "
            "in a hot crystal every shell is broad and skewed.",
        ),
        "inverse_diameter": NamedRange(
            "1 / diameter (Å⁻¹)",
            COMMON_BOUNDS["inverse_diameter"],
            step=0.005,
            decimals=2,
            tip="Inverse particle diameter. As in a sphere, farther shells lack "
            "more neighbours: 0.05 Å⁻¹ is a 20 Å particle; 0 is an infinite "
            "crystal.",
        ),
        "motion": NamedRange(
            "Correlated share",
            MOTION_BOUNDS,
            step=0.05,
            decimals=1,
            tip="Share of the mean-square displacement that is correlated; the rest "
            "is independent. At 10 K the motion is less correlated.",
        ),
        "jitter": NamedRange(
            "Transverse jitter",
            JITTER_BOUNDS,
            step=0.05,
            decimals=1,
            tip=JITTER_TIPS[0],
        ),
    }
