"""Notice that something could not be opened, with the facts for a report."""

import platform
from collections.abc import Callable
from pathlib import Path

from app.session.notice import Notice
from app.work.stages import Refused
from onne_core import __version__
from onne_core.errors import OnneError
from onne_core.formats.content import shown

Actions = tuple[tuple[str, Callable[[], object]], ...]


def title_of_refusal(path: Path) -> str:
    """Return the title of the notice that ``path`` could not be opened."""
    return f"{shown(path)} could not be opened"


def refusal(
    path: Path,
    message: str,
    error: OnneError | Refused | None = None,
    actions: Actions = (),
) -> Notice:
    """Return the notice that ``path`` could not be opened because of ``message``."""
    kind = error.kind if isinstance(error, Refused) else type(error).__name__
    details = (
        f"File: {path}\nProblem: {message}\nKind: {kind}\n"
        f"Program: ONNE {__version__}, Python {platform.python_version()}"
    )
    return Notice(title_of_refusal(path), message, "error", details, actions)
