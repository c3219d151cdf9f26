"""Controls to choose a cluster, play through them, and generate others."""

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.look import icons, wording
from app.structures.samples import FEWEST, MOST
from app.widgets.basics import button, icon_button, label
from app.widgets.fields import Slider, show_values, whole_field
from app.widgets.layouts import column_of, fill

PERIOD = 160
"""Time that a cluster is shown while they are played, ms."""

LARGEST_SEED = 2**31 - 1


class SampleBar(QWidget):
    """Slider, play, number of the cluster; number of clusters, seed, Regenerate."""

    chosen = Signal(int)
    wanted = Signal(int, int)

    def __init__(self) -> None:
        super().__init__()
        self.slider = Slider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName("Cluster")
        self.play = icon_button("play", "Play", self._play_or_stop)
        self.number = whole_field("Cluster number", 1, 1, 64)
        self.total = label("", "second")
        self.count = whole_field("Clusters to generate", FEWEST, MOST, 66)
        self.seed = whole_field("Seed", 0, LARGEST_SEED, 96)
        self.again = button("Regenerate", self._ask, icon="again")
        self.again.setToolTip("Generate this many clusters with this seed")
        self._timer = QTimer(self, interval=PERIOD)
        self._timer.timeout.connect(self._go_on)
        self.slider.valueChanged.connect(self._report)
        self.number.valueChanged.connect(lambda value: self.slider.setValue(value - 1))
        self._lay_out()

    def show_total(self, total: int) -> None:
        """Offer ``total`` clusters, starting at the first."""
        self._stop()
        for field, first in ((self.slider, 0), (self.number, 1)):
            with QSignalBlocker(field):
                field.setRange(first, max(first, total - 1 + first))
                field.setValue(first)
        self.total.setText(f"of {wording.count(total)}")
        self.play.setEnabled(total > 1)

    def show_request(self, *, count: int, seed: int) -> None:
        """Show the number of clusters and the seed."""
        for field, value in ((self.count, count), (self.seed, seed)):
            if not field.hasFocus():
                show_values((field, value))

    def hideEvent(self, event: QHideEvent) -> None:
        """Stop playing while hidden."""
        self._stop()
        super().hideEvent(event)

    def step(self, way: int) -> None:
        """Step forward or back."""
        self.slider.setValue(self.slider.value() + way)

    def _report(self, index: int) -> None:
        show_values((self.number, index + 1))
        self.chosen.emit(index)

    def _ask(self) -> None:
        self._stop()
        self.wanted.emit(self.count.value(), self.seed.value())

    def _play_or_stop(self) -> None:
        if self._timer.isActive():
            self._stop()
            return
        self._timer.start()
        self._name_play("pause", "Stop")

    def _stop(self) -> None:
        self._timer.stop()
        self._name_play("play", "Play")

    def _name_play(self, icon: str, name: str) -> None:
        self.play.setIcon(icons.icon(icon))
        self.play.setToolTip(name)
        self.play.setAccessibleName(name)

    def _go_on(self) -> None:
        last = self.slider.value() == self.slider.maximum()
        self.slider.setValue(0 if last else self.slider.value() + 1)

    def _lay_out(self) -> None:
        through, fields = QHBoxLayout(), QHBoxLayout()
        through.addWidget(
            icon_button("left", "Previous cluster", lambda: self.step(-1))
        )
        through.addWidget(self.play)
        through.addWidget(self.slider, 1)
        through.addWidget(icon_button("right", "Next cluster", lambda: self.step(1)))
        fields.setSpacing(6)
        for text, field in (("Cluster", self.number), ("", self.total)):
            if text:
                fields.addWidget(label(text, "second"))
            fields.addWidget(field)
        fields.addStretch(1)
        for text, field in (("Clusters", self.count), ("Seed", self.seed)):
            fill(fields, label(text, "second"), field)
        fields.addWidget(self.again)
        column_of(through, fields, within=self, spacing=6)
