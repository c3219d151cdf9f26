"""The middle of Structures: the cluster in 3D and its controls."""

from dataclasses import replace

from PySide6.QtCore import QRect
from PySide6.QtWidgets import QProgressBar, QPushButton, QWidget

from app.look import wording
from app.structures.atom_card import AtomCard
from app.structures.cluster_facts import Line
from app.structures.drawing.structure_view import StructureView
from app.structures.element_keys import ElementKeys
from app.structures.sample_bar import SampleBar
from app.widgets.basics import (
    Card,
    button,
    icon_button,
    label,
    problem_label,
    say,
    set_tone,
)
from app.widgets.layouts import row_of
from app.work.job_runner import RunningJob
from onne_core.values.structure import Cluster

SWITCHES = (
    ("labels", "Labels", "Show element symbols"),
    ("bonds", "Bonds", "Connect atoms closer than 1.15 times the sum of their radii"),
    ("depth_cue", "Depth cue", "Fade distant atoms, except the absorber"),
    ("spheres", "Shell spheres", "Show spheres at the mean shell distances"),
)
NARROWEST = 590


class ClusterCard(Card):
    """The view with its switches, the card of the selected atom, and the slider."""

    def __init__(self) -> None:
        super().__init__("Cluster")
        self.setMinimumWidth(NARROWEST)
        self.structure, self.bar = StructureView(), SampleBar()
        self.atom_card = AtomCard(self.structure)
        self._keys = ElementKeys()
        self._note = label("", "small")
        self.switches = {name: self._switch(*rest) for name, *rest in SWITCHES}
        for name, one in self.switches.items():
            one.setChecked(getattr(self.structure.looks, name))
            one.toggled.connect(self._look)
            self.header.addWidget(one)
        self.header.setSpacing(6)
        self.header.addWidget(icon_button("copy", "Copy picture", self.structure.copy))
        self.structure.moved.connect(self._place_card)
        self.body.addWidget(self.structure, 1)
        self._problem = problem_label()
        below = row_of((self._keys, 1), self._note)
        self.fill(below, self._problem, self._running(), self.bar)

    def show_cluster(
        self,
        cluster: Cluster,
        spheres: tuple[tuple[str, float], ...],
        too_close: tuple[int, int] | None,
    ) -> None:
        """Show ``cluster``, and mark two atoms (0 is the absorber) in it."""
        self.structure.show_cluster(cluster, spheres, marked=too_close)
        self._keys.show_elements(cluster.absorber, cluster.elements)

    def say(self, reason: str, origin: str) -> None:
        """Say why the cluster is rejected, or where it comes from."""
        text = f"Rejected: {wording.sentence(reason)}" if reason else origin
        self._note.setText(text)
        set_tone(self._note, "problem" if reason else "small")

    def show_picked(self, atom: int | None, lines: list[Line]) -> None:
        """Ring ``atom`` and show its facts."""
        self.structure.show_picked(atom)
        self.atom_card.show_lines(lines)
        self._place_card()

    def show_job(self, job: RunningJob | None) -> None:
        """Show the progress of generating clusters."""
        self._strip.setVisible(job is not None)
        if job is not None:
            done, total = job.progress.done, job.progress.total
            rate = job.pace.rate
            pace = f" · {wording.rate(rate, 'clusters')}" if rate else ""
            many = f"{wording.count(done)} of {wording.count(total)}" if total else ""
            self._state.setText(f"Assembling clusters {many}{pace}")
            self._bar.setRange(0, max(1, total))
            self._bar.setValue(done)

    def show_problem(self, problem: str) -> None:
        """Say why the requested clusters are not on screen."""
        say(self._problem, problem and f"{problem} Showing the previous clusters.")

    def _running(self) -> QWidget:
        self._strip = QWidget()
        self._state = label("", "note")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("Clusters assembled")
        self.cancel = button("Cancel")
        row_of(self._state, (self._bar, 1), self.cancel, within=self._strip)
        self._strip.hide()
        return self._strip

    def _look(self) -> None:
        chosen = {name: one.isChecked() for name, one in self.switches.items()}
        self.structure.show_looks(replace(self.structure.looks, **chosen))

    def _place_card(self) -> None:
        if self.atom_card.isVisibleTo(self.structure):
            area = QRect(self.structure.rect())
            self.atom_card.place(area, self.structure.projected())

    def _switch(self, text: str, tip: str) -> QPushButton:
        switch = QPushButton(text)
        switch.setProperty("role", "toggle")
        switch.setCheckable(True)
        switch.setAutoDefault(False)
        switch.setToolTip(tip)
        return switch
