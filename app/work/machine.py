"""Resources used by a task: memory of its processes, disk space."""

import os
from pathlib import Path

PROC = Path("/proc")


def cores() -> int:
    """Return the number of processes that can run at once."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def memory_of(leader: int) -> int | None:
    """Return the memory (bytes) of a process and of all that it started.

    None where the system does not say (it needs Linux's /proc), or it is gone.
    """
    try:
        return sum(_resident(process) for process in descendants(leader))
    except OSError:
        return None


def descendants(leader: int) -> list[int]:
    """Return ``leader`` and every process that it or its children started.

    Raises
    ------
    OSError
        If the system does not say.
    """
    found, waiting = [], [leader]
    while waiting:
        process = waiting.pop()
        found.append(process)
        try:
            for thread in (PROC / str(process) / "task").iterdir():
                text = (thread / "children").read_text(encoding="ascii")
                waiting += [int(number) for number in text.split()]
        except (FileNotFoundError, ProcessLookupError):
            if process == leader:
                raise
    return found


def memory_of_machine() -> int | None:
    """Return the memory of this computer in bytes, if the system reports it."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None


def size_of(folder: Path) -> int:
    """Return the size (bytes) of the files in ``folder`` and in its own folders."""
    total, waiting = 0, [folder]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(Path(entry.path))
                    else:
                        total += entry.stat(follow_symlinks=False).st_size
        except OSError:
            continue
    return total


def _resident(process: int) -> int:
    try:
        text = (PROC / str(process) / "statm").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(text.split()[1]) * os.sysconf("SC_PAGE_SIZE")
