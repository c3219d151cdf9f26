"""Notices to the user above the page."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Tone = Literal["error", "info", "good"]

Actions = tuple[tuple[str, Callable[[], object]], ...]
"""What can be pressed, and what it does."""


@dataclass(frozen=True)
class Notice:
    """Notice with title, text and actions; ``details`` opens on demand."""

    title: str
    text: str
    tone: Tone = "info"
    details: str = ""
    actions: Actions = ()
