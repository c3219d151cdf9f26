"""The Structures tab: real clusters of the system, turned and picked by the user."""

import numpy as np
from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QSlider,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app import theme, wording
from app.pages.page import Page, columns_in
from app.plots.histogram_plot import LengthsPicture, LengthsPlot
from app.plots.structure_view import StructureView
from app.stages import Samples
from app.view import View
from app.widgets.basics import Card, button, icon_button, label
from app.widgets.empty import EmptyState
from app.widgets.facts import Facts
from app.widgets.legend import Key, Legend
from app.widgets.text_table import TextColumn, TextTable
from onne_core.radial import RadialGrid, partials_of
from onne_core.structure import Cluster, System

LEFT, RIGHT = 272, 372
HOW = (
    "These are samples to look at. The whole training set is made under "
    "<b>Training</b>, which counts every cluster that it sets aside."
)


class StructuresPage(Page):
    """Shows samples of the recipe on screen; asks for them when it has none."""

    samples_wanted = Signal()
    system_wanted = Signal()

    def __init__(self) -> None:
        super().__init__("Structures")
        self._samples: Samples | None = None
        self._system: System | None = None
        self._picked: int | None = None
        self.structure = StructureView()
        self.facts, self.aside = Facts(), label("", "note", wrap=True)
        self.neighbours = TextTable(
            "Neighbours by distance",
            TextColumn("Atom", is_number=False),
            TextColumn("<i>r</i> (Å)"),
            TextColumn("Shell", is_number=False),
        )
        self.lengths = LengthsPlot()
        self.atom = Facts()
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName("Cluster")
        self._counter = label("", "second")
        self._add_tools(
            button("Copy picture", self.structure.copy, role="primary", icon="copy")
        )
        self.slider.valueChanged.connect(self._draw)
        self.structure.picked.connect(self.pick)
        self.neighbours.chosen.connect(self._pick_row)
        self._empty = EmptyState(
            "",
            "",
            button("Open a system…", self.system_wanted.emit, icon="open"),
        )
        self._stack = QStackedWidget()
        self._stack.addWidget(self._content())
        self._stack.addWidget(self._empty)
        layout = columns_in(self)
        layout.addWidget(self._stack)

    def show_view(self, view: View) -> None:
        """Remember the system of ``view``; its samples come with show_samples."""
        self._system = view.recipe.system if view.recipe else None

    def show_samples(self, samples: Samples | None, *, is_drawing: bool) -> None:
        """Show ``samples``, or say what is missing."""
        if samples is None or not samples.clusters:
            self._stack.setCurrentIndex(1)
            self._empty.say(*self._why_empty(samples, is_drawing=is_drawing))
            self._samples = None
            return
        if self._stack.currentIndex() == 1:
            self._stack.setCurrentIndex(0)
            self.structure.setFocus()
        if samples is not self._samples:
            self._samples, self._picked = samples, None
            with QSignalBlocker(self.slider):
                self.slider.setRange(0, len(samples.clusters) - 1)
                self.slider.setValue(0)
        self._draw()

    def columns(self) -> tuple[QWidget, ...]:
        """Return where F6 goes."""
        return (self.neighbours, self.structure, self.lengths)

    def pick(self, atom: int) -> None:
        """Mark neighbour ``atom``; -1 is the absorber."""
        self._picked = atom if atom >= 0 else None
        self.structure.show_picked(self._picked)
        self._draw_atom()

    def _pick_row(self, row: int) -> None:
        if self._samples is not None:
            self.pick(int(_by_distance(self._cluster())[row]))

    def _cluster(self) -> Cluster:
        assert self._samples is not None  # noqa: S101 - called with samples only
        return self._samples.clusters[self.slider.value()]

    def _draw(self) -> None:
        samples, system = self._samples, self._system
        if samples is None or system is None:
            return
        cluster = self._cluster()
        if self._picked is not None and self._picked >= len(cluster.elements):
            self._picked = None
        self.structure.show_cluster(cluster)
        self.structure.show_picked(self._picked)
        self._counter.setText(
            f"Cluster {self.slider.value() + 1} of {len(samples.clusters)}"
        )
        self.facts.set_facts(_facts(cluster))
        self.neighbours.set_rows(_rows(cluster, system))
        self.aside.setText(_set_aside(samples))
        self.lengths.draw(_lengths(samples, cluster, system))
        self._draw_atom()

    def _draw_atom(self) -> None:
        cluster, system = self._cluster(), self._system
        if self._picked is None or system is None:
            self.neighbours.choose(-1)
            self.atom.set_facts([("None", "click an atom, or choose a row")])
            return
        order = list(_by_distance(cluster))
        self.neighbours.choose(order.index(self._picked))
        self.atom.set_facts(_atom_facts(cluster, self._picked, system))

    def _why_empty(
        self, samples: Samples | None, *, is_drawing: bool
    ) -> tuple[str, str]:
        if self._system is None:
            return (
                "No system to build from",
                "Open a system's JSON file, or choose an ensemble in Analysis.",
            )
        if is_drawing:
            return (
                "Assembling clusters…",
                "Pair lengths are drawn from the ranges, the angles are chosen.",
            )
        if samples is not None:
            return "No cluster could be used", _set_aside(samples)
        return "No clusters yet", "They are assembled in the background."

    def _content(self) -> QWidget:
        content = QWidget()
        layout = QHBoxLayout(content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.MARGIN)
        layout.addLayout(self._left())
        layout.addWidget(self._middle(), 1)
        layout.addLayout(self._right())
        return content

    def _left(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(theme.MARGIN)
        facts = Card("This cluster")
        facts.body.addWidget(self.facts)
        table = Card("Neighbours by distance")
        table.header.addWidget(
            icon_button("copy", "Copy the table", self.neighbours.copy)
        )
        table.body.addWidget(self.neighbours)
        aside = Card("Set aside")
        aside.body.addWidget(self.aside)
        for card, stretch in ((facts, 0), (table, 1), (aside, 0)):
            card.setFixedWidth(LEFT)
            column.addWidget(card, stretch)
        return column

    def _middle(self) -> Card:
        card = Card("Cluster")
        card.header.addWidget(
            label("drag: rotate · wheel: zoom · click: pick", "small")
        )
        card.body.addWidget(self.structure, 1)
        row = QHBoxLayout()
        row.addWidget(icon_button("left", "Previous cluster", lambda: self._step(-1)))
        row.addWidget(self.slider, 1)
        row.addWidget(icon_button("right", "Next cluster", lambda: self._step(1)))
        row.addSpacing(8)
        row.addWidget(self._counter)
        card.body.addLayout(row)
        return card

    def _right(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(theme.MARGIN)
        lengths = Card("Partial <i>g</i>(<i>r</i>)")
        lengths.header.addWidget(
            Legend(Key("all samples", "band", "prior"), Key("this cluster", "line"))
        )
        lengths.body.addWidget(self.lengths)
        atom = Card("Picked atom")
        atom.body.addWidget(self.atom)
        how = Card("How this is used")
        how.body.addWidget(label(HOW, "note", wrap=True))
        for card, stretch in ((lengths, 1), (atom, 0), (how, 0)):
            card.setFixedWidth(RIGHT)
            column.addWidget(card, stretch)
        return column

    def _step(self, step: int) -> None:
        self.slider.setValue(self.slider.value() + step)


def _by_distance(cluster: Cluster) -> np.ndarray:
    return np.argsort(cluster.lengths, kind="stable")


def _rows(cluster: Cluster, system: System) -> list[tuple[str, ...]]:
    return [
        (
            f"{cluster.elements[i]} {rank}",
            wording.number(float(cluster.lengths[i]), 3),
            wording.pair(system.label(int(cluster.shells[i]))),
        )
        for rank, i in enumerate(_by_distance(cluster), 1)
    ]


def _facts(cluster: Cluster) -> list[tuple[str, str]]:
    positions = np.vstack([np.zeros(3), cluster.positions])
    elements = (cluster.absorber, *cluster.elements)
    distances = np.linalg.norm(positions[:, None] - positions[None], axis=2)
    distances[np.tril_indices(len(elements))] = np.inf
    first, second = np.unravel_index(np.argmin(distances), distances.shape)
    smallest = f"{wording.number(float(distances.min()), 2)} Å"
    pair = f"{elements[first]}{wording.EN_DASH}{elements[second]}"
    counts = [
        f"{cluster.elements.count(name)} {name}"
        for name in dict.fromkeys(cluster.elements)
    ]
    return [
        ("Absorber", cluster.absorber),
        ("Neighbours", ", ".join(counts)),
        ("Smallest distance", f"{smallest}, {pair}"),
        ("Farthest neighbour", f"{wording.number(float(cluster.lengths.max()), 2)} Å"),
    ]


def _atom_facts(cluster: Cluster, atom: int, system: System) -> list[tuple[str, str]]:
    here = cluster.positions[atom]
    others = np.delete(np.arange(len(cluster.elements)), atom)
    facts = [
        ("Element", cluster.elements[atom]),
        ("Shell", wording.pair(system.label(int(cluster.shells[atom])))),
        (
            f"Distance to {cluster.absorber}",
            f"{wording.number(float(cluster.lengths[atom]), 3)} Å",
        ),
    ]
    if others.size:
        away = np.linalg.norm(cluster.positions[others] - here, axis=1)
        nearest = int(np.argmin(away))
        name = cluster.elements[int(others[nearest])]
        text = f"{wording.number(float(away[nearest]), 2)} Å, {name}"
        facts.append(("Nearest neighbour", text))
    return facts


def _set_aside(samples: Samples) -> str:
    total = len(samples.clusters) + samples.set_aside
    if not samples.set_aside:
        return f"None of {total} clusters was set aside."
    number = wording.strong(str(samples.set_aside))
    return f"{number} of {total} clusters had atoms too close."


def _lengths(samples: Samples, cluster: Cluster, system: System) -> LengthsPicture:
    longest = max(float(item.lengths.max()) for item in samples.clusters)
    shortest = min(float(item.lengths.min()) for item in samples.clusters)
    grid = RadialGrid(shortest - 0.2, longest + 0.2, 0.05)
    return LengthsPicture(
        grid.edges, partials_of(list(samples.clusters), grid), cluster.lengths
    )
