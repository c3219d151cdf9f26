"""A stage with a pool of processes, each with a child, as training and FEFF have."""

import os
import subprocess
import sys
import time
from pathlib import Path

from onne_core import execution
from onne_core.jobs import Stage, owned_group

LONG = 600.0


def stage(folder: Path) -> Stage[str]:
    """Start two workers that wait, and note all process numbers in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    _note(folder, os.getpid())
    steps = execution.run_tasks(
        wait_with_child, [str(folder)] * 2, workers=2, message="waiting"
    )
    yield from steps
    return str(folder)


def wait_with_child(folder: str) -> None:
    """Wait as for FEFF: a child in a session of its own."""
    sleep = [sys.executable, "-c", f"import time; time.sleep({LONG})"]
    child = subprocess.Popen(sleep, start_new_session=True)
    with owned_group(child.pid):
        _note(Path(folder), os.getpid(), child.pid)
        time.sleep(LONG)


def noted(folder: Path) -> set[int]:
    """Return the process numbers that have been noted."""
    notes = folder.glob("*.pids") if folder.is_dir() else ()
    return {int(word) for note in notes for word in note.read_text().split()}


def _note(folder: Path, *numbers: int) -> None:
    part = folder / f"{numbers[0]}.part"
    part.write_text(" ".join(map(str, numbers)))
    part.rename(folder / f"{numbers[0]}.pids")
