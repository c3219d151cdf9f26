"""Empty states of Structures: why there is no cluster, and what to do."""

from PySide6.QtWidgets import QProgressBar, QPushButton, QWidget

from app.look import theme
from app.structures.left import set_aside
from app.structures.sampler import CANCELLED
from app.structures.samples import SampleRequest, Samples
from app.widgets.basics import button
from app.widgets.empty import EmptyState
from app.widgets.layouts import column_of
from app.work.job_runner import RunningJob


class NoClusters(QWidget):
    """Empty state: no system, no clusters yet, or no valid clusters."""

    def __init__(self) -> None:
        super().__init__()
        self.open = button("Open system…", icon="open")
        self.again = button("Assemble clusters", icon="again")
        self._state = EmptyState("", "", self.open, self.again)
        _frame(self, self._state)

    def explain(
        self, request: SampleRequest | None, problem: str, samples: Samples | None
    ) -> None:
        """Say why there is no cluster of ``request``."""
        self.open.setVisible(request is None)
        self.again.setVisible(request is not None)
        self._state.say(*_words(request, problem, samples))


class AssemblyProgress(QWidget):
    """State while the first clusters are being assembled."""

    def __init__(self) -> None:
        super().__init__()
        self.cancel: QPushButton = button("Cancel")
        self._progress = QProgressBar()
        self._progress.setTextVisible(False)
        self._progress.setFixedWidth(260)
        self._progress.setAccessibleName("Clusters assembled")
        state = EmptyState(
            "Assembling clusters…",
            "Sampling pair lengths from the ranges, then optimising the angles.",
            self.cancel,
        )
        state.add(self._progress)
        _frame(self, state)

    def show_job(self, job: RunningJob) -> None:
        """Show the progress of ``job``."""
        self._progress.setRange(0, max(1, job.progress.total))
        self._progress.setValue(job.progress.done)


def _words(
    request: SampleRequest | None, problem: str, samples: Samples | None
) -> tuple[str, str]:
    if request is None:
        return (
            "No system yet",
            "Define shells in Shells, open a system file, or choose an ensemble in "
            "Analysis.",
        )
    if problem == CANCELLED:
        return "No clusters yet", "Assembly was cancelled."
    if problem:
        return "Clusters could not be assembled", problem
    if samples is not None:
        text = f"{set_aside(samples)}<br>Change the ranges in Shells."
        return "No valid clusters", text
    return "No clusters yet", "Clusters are assembled in the background."


def _frame(widget: QWidget, state: EmptyState) -> None:
    edge = theme.MARGIN
    column_of(state, within=widget, margins=(edge, edge, edge, edge))
