"""What tests run in other processes; spawned processes import it by its name."""

import errno
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

import psutil

from onne_core.errors import FormatError, ScatteringError
from onne_core.jobs import Progress, owned_group

LONG = 300
"""Seconds that nobody waits for: what sleeps so long must be killed."""


def heed_interrupts():
    """Undo that a background job of a shell ignores Ctrl-C, and its children, too."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def counted(total):
    """Yield progress and return the process and the sum."""
    for done in range(total):
        yield Progress(done, total, "counting")
    return os.getpid(), sum(range(total))


def refused(message):
    yield Progress(0, 1, "reading")
    raise FormatError(message)


def broken():
    yield Progress(0, 1, "dividing")
    raise ZeroDivisionError("a bug")


def exits(code):
    yield Progress(0, 1, "leaving")
    os._exit(code)


def kills_itself():
    yield Progress(0, 1, "dying")
    os.kill(os.getpid(), signal.SIGKILL)


def dies_in_the_middle_of_a_word():
    """Send half of an event and die."""

    def send_half(connection, content):
        os.write(connection.fileno(), content[: len(content) // 2])
        os.kill(os.getpid(), signal.SIGKILL)

    Connection._send = send_half
    yield Progress(0, 1, "speaking")


def returns_what_cannot_be_sent():
    yield Progress(0, 1, "making")
    return lambda: None


def prints_much(megabytes):
    """Fill standard output and error, where FEFF and TensorFlow chatter too."""
    yield Progress(0, 1, "printing")
    for _ in range(megabytes):
        sys.stdout.write("x" * 1_000_000 + "\n")
        os.write(2, b"e" * 100_000)
    sys.stdout.write("the last word")
    return megabytes


def sleeps_with_children(folder):
    """Write the numbers of this process and two children, one in a group of its own."""
    sleep = [sys.executable, "-c", f"import time; time.sleep({LONG})"]
    child = subprocess.Popen(sleep)
    apart = subprocess.Popen(sleep, start_new_session=True)
    with owned_group(apart.pid):
        note_processes(Path(folder), os.getpid(), child.pid, apart.pid)
        yield Progress(0, 1, "sleeping")
        time.sleep(LONG)
    return None


TWO_STRUCTURES = 1.6
"""Time that is planned for two structures, s: so many make a part of a set."""


def makes_a_part_and_dies(request, folder):
    """Make pairs of structures; kill this process when the first part is finished."""
    from onne_core.pipeline.sets import structures

    structures.SHARD_SECONDS = TWO_STRUCTURES
    yield from killed_after_the_first(
        structures.generate_from_structures(request, folder, workers=1)
    )


def killed_after_the_first(stage):
    """Pass the progress of ``stage`` on until something is done; then die."""
    for step in stage:
        yield step
        if step.done:
            os.kill(os.getpid(), signal.SIGKILL)


def square(number):
    return number * number


def divides(number):
    return 1 / number


def square_later(number):
    """Finish in another order than asked for."""
    time.sleep(0.05 * (number % 3))
    return number * number


def process_number(_):
    time.sleep(0.1)
    return os.getpid()


def scattering_error(number):
    raise ScatteringError(f"cluster {number} diverged", reason="diverged")


def dies_once(task):
    """Kill this process the first time that a task is met; then answer."""
    folder, number = task
    marker = Path(folder) / f"met-{number}"
    if number == 2 and not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def dies(number):
    os._exit(3)


def finds_no_space(number):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def sleeps_as_worker(folder):
    """Wait as for FEFF, a child in a group apart; return at once without folder."""
    if folder is None:
        return
    sleep = [sys.executable, "-c", f"import time; time.sleep({LONG})"]
    apart = subprocess.Popen(sleep, start_new_session=True)
    with owned_group(apart.pid):
        note_processes(Path(folder), os.getpid(), apart.pid)
        time.sleep(LONG)


def note_processes(folder, *numbers):
    """Leave process numbers for the test, in a file that appears whole."""
    part = folder / f"{numbers[0]}.part"
    part.write_text(" ".join(map(str, numbers)))
    part.rename(folder / f"{numbers[0]}.pids")


def noted_processes(folder, *, files):
    """Wait until ``files`` workers have left their numbers; return all numbers."""
    for _ in range(600):
        notes = sorted(Path(folder).glob("*.pids"))
        if len(notes) >= files:
            return [int(word) for note in notes for word in note.read_text().split()]
        time.sleep(0.1)
    raise TimeoutError(f"{len(notes)} of {files} workers started within a minute")


def ended(numbers, *, within=10.0):
    """Wait until no process of ``numbers`` runs; return those that still do."""
    processes = []
    for number in numbers:
        with suppress(psutil.NoSuchProcess):
            processes.append(psutil.Process(number))
    _, alive = psutil.wait_procs(processes, timeout=within)
    return [p.pid for p in alive if p.status() != psutil.STATUS_ZOMBIE]
