"""Log file of what the processes of a task print; shown with a failure."""

import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from onne_core.jobs import Stage

MOST_LOGS = 50
TAIL = 8_000
"""Characters of the end of a log that are shown."""

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def logged(
    function: Callable[[Any], Stage[Any]], request: object, log: str
) -> Stage[Any]:
    """Run a stage whose processes print to the file ``log``; runs in the worker."""
    with Path(log).open("ab") as stream:
        for number in (1, 2):
            os.dup2(stream.fileno(), number)
    logging.basicConfig(level=logging.INFO, format=FORMAT, stream=sys.stderr)
    return (yield from function(request))


def log_of(key: str, folder: Path) -> Path:
    """Return the log file of task ``key``; delete the oldest of too many."""
    folder.mkdir(parents=True, exist_ok=True)
    logs = sorted(folder.glob("*.log"), key=lambda path: path.stat().st_mtime)
    for old in logs[: 1 - MOST_LOGS]:
        old.unlink(missing_ok=True)
    return folder / f"{key}.log"


def tail_of(log: Path | None) -> str:
    """Return the end of a log, empty if there is none."""
    if log is None:
        return ""
    try:
        text = log.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return text[-TAIL:].strip()
