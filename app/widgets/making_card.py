"""The card that makes a training set and trains an ensemble on it."""

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QWidget

from app.job_runner import RunningJob
from app.making import MakingState, SystemChoice
from app.widgets.basics import Card
from app.widgets.made_panel import MadePanel
from app.widgets.plan_panel import PlanPanel
from app.widgets.run_panel import RunPanel

TICK = 1000
"""Time between two looks at the clock while a job runs, ms."""


class MakingCard(Card):
    """Shows one state of the making; its panels report what the user wants."""

    def __init__(self) -> None:
        super().__init__("Training set")
        self.plan, self.run, self.made = PlanPanel(), RunPanel(), MadePanel()
        self._job: RunningJob | None = None
        self._state = MakingState()
        self._clock = QTimer(self, interval=TICK)
        self._clock.timeout.connect(self._tick)
        for panel in (self.plan, self.run, self.made):
            self.body.addWidget(panel)

    def show_state(
        self,
        state: MakingState,
        systems: tuple[SystemChoice, ...],
        job: RunningJob | None,
    ) -> None:
        """Show ``state``; ``job`` is what runs."""
        self._state, self._job = state, job
        had_focus = self.isAncestorOf(QApplication.focusWidget() or self.window())
        running = state.is_running and job is not None
        self.plan.setVisible(state.step == "plan")
        self.run.setVisible(running)
        self.made.setVisible(state.step in ("made", "trained"))
        if running:
            self._tick()
            self._clock.start()
        else:
            self._clock.stop()
        if state.step == "plan":
            self.plan.show_state(state, systems)
        elif state.step in ("made", "trained"):
            self.made.show_state(state)
        # What had the focus may be hidden now; Qt would give it to a stranger.
        if had_focus and not self.isAncestorOf(
            QApplication.focusWidget() or self.window()
        ):
            self.first_field().setFocus()

    def first_field(self) -> QWidget:
        """Return where the focus goes."""
        if self._state.step == "plan":
            return self.plan.systems
        return self.run.cancel if self._state.is_running else self.made.train

    def _tick(self) -> None:
        if self._job is not None:
            self.run.show_job(self._state, self._job)
