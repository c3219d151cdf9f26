"""Notices to the user above the page."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Notice:
    """Notice with title, text and actions; ``details`` opens on demand."""

    title: str
    text: str
    tone: Literal["error", "info", "good"] = "info"
    details: str = ""
    actions: tuple[tuple[str, Callable[[], object]], ...] = ()
