"""Empty states: one sentence, what to do, and the button that does it."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QPushButton, QVBoxLayout, QWidget

from app.widgets.basics import label
from app.widgets.layouts import fill, row_of


class EmptyState(QFrame):
    """A dashed frame with a headline, a sentence and buttons."""

    def __init__(self, headline: str, sentence: str, *buttons: QPushButton) -> None:
        super().__init__()
        self.setProperty("role", "drop")
        layout = self._layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addStretch(1)
        self._headline = label(headline, "empty")
        self._sentence = label(sentence, "second", wrap=True)
        for text in (self._headline, self._sentence):
            text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            layout.addWidget(text)
        row = row_of(None, *buttons, None)
        layout.addSpacing(6)
        fill(layout, row, None)

    def add(self, widget: QWidget) -> None:
        """Put ``widget`` between the sentence and the buttons."""
        self._layout.insertWidget(3, widget, 0, Qt.AlignmentFlag.AlignHCenter)

    def say(self, headline: str, sentence: str) -> None:
        """Change the words."""
        self._headline.setText(headline)
        self._sentence.setText(sentence)
