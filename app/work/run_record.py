"""Record of one run of a task: progress, losses, rejections, rate."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from onne_core.jobs import Pace, Progress
from onne_core.values.training_progress import Watched

MOST_MARKS = 600
"""Points of the curve of what was done over time."""

LEAST_SHARE = 0.05
"""Share of a job from which its time left can be told."""

Point = tuple[float, float, float]
MemberState = Literal["waiting", "running", "done"]


@dataclass(frozen=True, eq=False)
class MemberRun:
    """One member: (step, training loss, validation loss) after every epoch."""

    points: tuple[Point, ...] = ()
    watched: Watched | None = field(default=None, repr=False)
    has_ended: bool = False


@dataclass(frozen=True, eq=False)
class RunRecord:
    """Record of a task. ``marks`` are (seconds since the start, done)."""

    progress: Progress = field(default_factory=lambda: Progress(0, 0, ""))
    pace: Pace = field(default_factory=Pace, repr=False)
    members: Mapping[int, MemberRun] = field(default_factory=dict, repr=False)
    rejected: Mapping[str, int] = field(default_factory=dict)
    marks: tuple[tuple[float, int], ...] = field(default=(), repr=False)
    began: float = 0.0
    latest: int = -1
    """The member that has reported last."""

    def after(self, progress: Progress, seconds: float) -> "RunRecord":
        """Return the record after ``progress``, seen at ``seconds`` of the clock."""
        began = self.began or seconds
        marks = self.marks
        if not marks or marks[-1][1] != progress.done:
            marks = _thinned((*marks, (seconds - began, progress.done)))
        made = replace(
            self,
            progress=progress,
            pace=self.pace.after(progress, seconds),
            rejected=progress.rejected or self.rejected,
            began=began,
            marks=marks,
        )
        return made if "member" not in progress.metrics else made._with_epoch(progress)

    @property
    def left(self) -> float | None:
        """Time left of a whole job that knows its share, s; None while unknown."""
        share = self.progress.share
        if share is None or share < LEAST_SHARE or not self.marks:
            return None
        return self.marks[-1][0] * (1.0 - share) / share

    def state_of(self, member: int) -> MemberState:
        """Return whether a member waits, runs or is done."""
        run = self.members.get(member)
        if run is None:
            return "waiting"
        return "done" if run.has_ended else "running"

    def _with_epoch(self, progress: Progress) -> "RunRecord":
        metrics = progress.metrics
        member, step = int(metrics["member"]), metrics["step"]
        run = self.members.get(member, MemberRun())
        points = run.points
        if not points or step > points[-1][0]:
            point = (step, metrics["training loss"], metrics["validation loss"])
            points = (*points, point)
        seen = progress.detail if isinstance(progress.detail, Watched) else run.watched
        ended = bool(metrics.get("ended", 0.0))
        changed = MemberRun(points, seen, ended or run.has_ended)
        return replace(self, members={**self.members, member: changed}, latest=member)


def _thinned(
    marks: tuple[tuple[float, int], ...],
) -> tuple[tuple[float, int], ...]:
    """Return every other mark, and the last, if there are too many."""
    return marks if len(marks) <= MOST_MARKS else (*marks[:-1:2], marks[-1])
