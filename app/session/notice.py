"""Something to tell the user above the page."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Notice:
    """What happened, what to do, what to press; ``details`` opens on demand."""

    title: str
    text: str
    tone: Literal["error", "info", "good"] = "info"
    details: str = ""
    actions: tuple[tuple[str, Callable[[], object]], ...] = ()
