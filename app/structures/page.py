"""The Structures tab: sample clusters of the system in 3D."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QPushButton, QStackedWidget, QWidget

from app.look import theme, wording
from app.session.page import Page, Steps, resizable, split_in
from app.session.view import View
from app.structures.cluster_facts import (
    atom_lines,
    by_distance,
    cluster_facts,
    neighbour_rows,
)
from app.structures.histogram_plot import LengthsPlot
from app.structures.left import ClusterColumn
from app.structures.middle import NARROWEST, ClusterCard
from app.structures.right import WIDTH, SampleStatistics
from app.structures.sample_plots import AnglesPlot, ClosestPlot, EvolutionPlot
from app.structures.samples import SampleRequest, Samples, shell_groups
from app.structures.states import AssemblyProgress, NoClusters
from app.structures.structure_export import KINDS
from app.widgets.basics import button
from app.widgets.layouts import column_of
from app.work.job_runner import RunningJob
from onne_core.values.structure import Cluster, System

LEFT = 244
CONTENT, EMPTY, BUSY = range(3)


class StructuresPage(Page):
    """Page of samples of the recipe on screen; requests them when it has none."""

    export_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__("Structures")
        self.samples: Samples | None = None
        self._request: SampleRequest | None = None
        self.picked: int | None = None
        self._shows_aside = False
        self._shown: tuple[object, ...] = ()

    def build(self) -> Steps:
        """Build the three columns, and the empty states."""
        self.middle, self.left = ClusterCard(), ClusterColumn()
        self.structure, self.bar = self.middle.structure, self.middle.bar
        self.nothing, self.busy = NoClusters(), AssemblyProgress()
        self.neighbours = self.left.neighbours
        self._build_tools()
        self._stack = QStackedWidget()
        column_of(self._stack, within=self)
        content = QWidget()
        for page in (content, self.nothing, self.busy):
            self._stack.addWidget(page)
        yield
        lengths = LengthsPlot()
        yield
        closest = ClosestPlot()
        yield
        angles = AnglesPlot()
        yield
        evolution = EvolutionPlot()
        yield
        self.statistics = SampleStatistics(lengths, closest, angles, evolution)
        yield
        columns = (resizable(self.left, LEFT), self.middle, self.statistics)
        split_in(content, "structures", *columns, widths=(LEFT, NARROWEST, WIDTH))
        self._connect()

    def show_view(self, view: View) -> None:
        """Show nothing by itself: samples come with show_samples."""

    def show_samples(
        self,
        samples: Samples | None,
        *,
        request: SampleRequest | None,
        problem: str = "",
        job: RunningJob | None = None,
    ) -> None:
        """Show ``samples``, possibly of an earlier request, or say what is missing."""
        self._request = request
        usable = samples is not None and any(
            item.cluster is not None for item in samples.samples
        )
        if request is not None:
            self.bar.show_request(count=request.count, seed=request.seed)
            self.left.show_recipe(request.recipe)
        self.train.setEnabled(request is not None)
        self._export.setEnabled(usable)
        self.show_job(job)
        if samples is None or not usable:
            self.samples = None
            self.nothing.explain(request, problem, samples)
            self._stack.setCurrentIndex(EMPTY if job is None else BUSY)
            return
        was_away = self._stack.currentIndex() != CONTENT
        self._stack.setCurrentIndex(CONTENT)
        if was_away and self.isVisible():
            self.structure.setFocus()
        if samples is not self.samples:
            self._take(samples)
        self.middle.show_problem(problem)
        self._draw()

    def show_job(self, job: RunningJob | None) -> None:
        """Show the progress of generating clusters."""
        self.middle.show_job(job)
        if job is not None:
            self.busy.show_job(job)

    def columns(self) -> tuple[QWidget, ...]:
        """Return where F6 goes."""
        return (self.neighbours, self.structure, self.statistics.lengths)

    @property
    def can_export(self) -> bool:
        """True if there is a cluster on screen."""
        return self.samples is not None

    def export(self) -> None:
        """Open the menu of what can be exported."""
        below = self._export.mapToGlobal(self._export.rect().bottomLeft())
        self._export.menu().popup(below)

    def pick(self, atom: int | None) -> None:
        """Select neighbour ``atom``; -1 is the absorber, None deselects."""
        self.picked = atom
        self._draw_atom()

    @property
    def index(self) -> int:
        """Index of the sample on screen."""
        return self._indices[self.bar.slider.value()]

    @property
    def cluster(self) -> Cluster:
        """The cluster on screen."""
        assert self.samples is not None  # asked with samples only
        cluster = self.samples.samples[self.index].cluster
        assert cluster is not None  # others are not offered
        return cluster

    @property
    def system(self) -> System:
        """The system of the samples on screen."""
        assert self.samples is not None  # asked with samples only
        return self.samples.request.recipe.system

    def show_aside(self, *, aside: bool) -> None:
        """Show the rejected clusters, or the usable ones."""
        samples = self.samples
        if samples is None:
            return
        usable, others = (
            tuple(i for i in some if samples.samples[i].cluster is not None)
            for some in (samples.usable, samples.aside)
        )
        self._shows_aside = bool(others) and (aside or not usable)
        self._indices = others if self._shows_aside else usable
        self.picked = None
        self.bar.show_total(len(self._indices))
        self.left.offer_others(
            others=bool(others) and bool(usable), shows_aside=self._shows_aside
        )
        self._draw()

    def _take(self, samples: Samples) -> None:
        self.samples = samples
        self.left.show_samples(samples)
        self.show_aside(aside=False)

    def _draw(self, _index: int = 0) -> None:
        samples = self.samples
        shown = (samples, self._shows_aside, self.bar.slider.value(), theme.current())
        if samples is None or shown == self._shown:
            return
        self._shown = shown
        sample, cluster = samples.samples[self.index], self.cluster
        if self.picked is not None and self.picked >= len(cluster.elements):
            self.picked = None
        spheres = _spheres(cluster, self.system)
        self.middle.show_cluster(cluster, spheres, sample.too_close)
        self.middle.say(
            sample.reason,
            f"{wording.count(len(samples.samples))} clusters in "
            f"{wording.number(samples.seconds, 1)} s, seed {samples.request.seed}",
        )
        self.left.facts.set_facts(
            cluster_facts(
                cluster,
                samples.request.recipe,
                number=sample.number,
                generations=len(sample.best),
                limit=sample.limit,
            )
        )
        self.neighbours.set_rows(neighbour_rows(cluster, self.system))
        self.statistics.draw(samples, self.index)
        self._draw_atom()

    def _pick_row(self, row: int) -> None:
        if self.samples is not None:
            self.pick(int(by_distance(self.cluster)[row]))

    def _draw_atom(self) -> None:
        if self.samples is None:
            return
        atom, cluster = self.picked, self.cluster
        lines = [] if atom is None else atom_lines(cluster, atom, self.system)
        self.middle.show_picked(atom, lines)
        is_neighbour = atom is not None and atom >= 0
        order = by_distance(cluster).tolist()
        self.neighbours.choose(order.index(atom) if is_neighbour else -1)

    def _connect(self) -> None:
        self.bar.chosen.connect(self._draw)
        self.nothing.again.clicked.connect(self._ask_again)
        self.left.look.clicked.connect(self._look_at_others)
        self.structure.picked.connect(self.pick)
        self.structure.released.connect(lambda: self.pick(None))
        self.neighbours.chosen.connect(self._pick_row)

    def _look_at_others(self) -> None:
        self.show_aside(aside=not self._shows_aside)

    def _ask_again(self) -> None:
        if self._request is not None:
            self.bar.wanted.emit(self._request.count, self._request.seed)

    def _build_tools(self) -> None:
        self._export = QPushButton("Export")
        self._export.setAutoDefault(False)
        menu = QMenu(self._export)
        for name, (title, _) in KINDS.items():
            action = menu.addAction(f"{title}…")
            action.triggered.connect(
                lambda _checked=False, name=name: self.export_wanted.emit(name)
            )
        self._export.setMenu(menu)
        self._export.setAccessibleName("Export clusters or picture")
        self.train = button("Build training set", role="primary", icon="training")
        self._add_tools(self._export, self.train)


def _spheres(cluster: Cluster, system: System) -> tuple[tuple[str, float], ...]:
    """Return name and mean distance (Å) of the shells in ``cluster``."""
    found = []
    for name, group in shell_groups(system).items():
        mine = [i for i, shell in enumerate(cluster.shells.tolist()) if shell in group]
        if mine:
            mean = float(cluster.lengths[mine].mean())
            found.append((f"{wording.pair(name)}, {wording.number(mean, 2)} Å", mean))
    return tuple(found)
