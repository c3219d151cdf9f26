"""Terminal output: lines, tables, progress bars."""

import sys
from collections.abc import Callable, Sequence
from contextlib import closing, nullcontext
from io import TextIOWrapper
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

from onne_core.jobs import Pace, Progress, Stage

if TYPE_CHECKING:
    from rich.console import Console

LONGEST_PROBLEM = 1000
"""Characters of a problem that are printed."""

WIDTH_OF_PIPES = 140
"""Columns of a table that goes to a file or a pipe, which has no width of its own."""

LINE_EVERY = 30.0
"""Time between two lines of progress where there is no terminal, s."""

Value = TypeVar("Value")


def print_anywhere() -> None:
    """Replace characters that the terminal's encoding lacks instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def say(text: str) -> None:
    """Print a line of the result."""
    print(printable(text))


def complain(problem: object) -> None:
    """Print a problem as one line on standard error."""
    line = " ".join(printable(str(problem)).split())
    if len(line) > LONGEST_PROBLEM:
        line = f"{line[:LONGEST_PROBLEM]}…"
    print(f"onne: {line}", file=sys.stderr)


def printable(text: str) -> str:
    """Return ``text`` without what a terminal would obey or turn around.

    Names come from files: an escape code could hide or forge a line, and a mark of
    direction could turn a name around.
    """
    if text.isprintable():
        return text
    return "".join(
        letter
        if letter.isprintable() or letter in "\n\t"
        else "\N{REPLACEMENT CHARACTER}"
        for letter in text
    )


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table; texts are shown verbatim, brackets are not markup."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    made = Table(
        *map(printable, head), title=Text(printable(title)), title_justify="left"
    )
    for row in rows:
        made.add_row(*(Text(printable(text)) for text in row))
    is_terminal = Console().is_terminal
    Console(width=None if is_terminal else WIDTH_OF_PIPES).print(made)


def follow(stage: Stage[Value], clock: Callable[[], float] = monotonic) -> Value:
    """Run ``stage`` with its progress on standard error; return its value.

    A terminal shows a bar, and the counts of rejected items below it; a file or pipe
    gets a line now and then. However this ends, the stage is closed, and with it all
    processes that it started. ``clock`` gives the time, s.
    """
    from rich.console import Console

    console, pace, started = Console(stderr=True), Pace(), clock()
    shown = _Bar(console) if console.is_terminal else _Lines(started)
    with closing(stage), shown:
        while True:
            try:
                step = next(stage)
            except StopIteration as end:
                return end.value
            now = clock()
            pace = pace.after(step, now)
            shown.show(step, pace, now)


class _Bar:
    """A bar with rate and time left, and a line for every reason of rejection."""

    def __init__(self, console: "Console") -> None:
        from rich.live import Live
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
        )

        self._bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[pace]}", markup=False),
            console=console,
        )
        self._task = self._bar.add_task("starting", total=None, pace="")
        self._live = Live(self._bar, console=console)

    def __enter__(self) -> None:
        self._live.start()

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def show(self, step: Progress, pace: Pace, _: float) -> None:
        """Show ``step``."""
        from rich.console import Group
        from rich.text import Text

        self._bar.update(
            self._task,
            description=printable(step.message),
            completed=step.done,
            total=step.total,
            pace=", ".join(pace_words(step, pace)),
        )
        aside = [Text(f"  set aside: {words}") for words in rejected_words(step)]
        self._live.update(Group(self._bar, *aside))


class _Lines(nullcontext):
    """A line of text every LINE_EVERY seconds."""

    def __init__(self, started: float) -> None:
        super().__init__()
        self._last = started

    def show(self, step: Progress, pace: Pace, now: float) -> None:
        """Print ``step`` unless the last line is recent."""
        if now - self._last < LINE_EVERY:
            return
        self._last = now
        words = [f"{step.message} {step.done}/{step.total}", *pace_words(step, pace)]
        aside = rejected_words(step)
        words += [f"set aside: {', '.join(aside)}"] if aside else []
        line = printable("; ".join(words))
        print(f"onne: {line}", file=sys.stderr, flush=True)


def pace_words(step: Progress, pace: Pace) -> list[str]:
    """Return rate and time left in words, none while the rate is unknown."""
    if pace.rate is None or pace.left is None:
        return []
    rate = pace.rate * step.spectra
    unit = "spectra/s" if step.spectra > 1 else "/s"
    number = f"{rate:.0f}" if rate >= 10 else f"{rate:.2g}"
    return [f"{number} {unit}".replace(" /", "/"), f"{duration(pace.left)} left"]


def rejected_words(step: Progress) -> list[str]:
    """Return the number of rejected items by reason, most frequent first."""
    ranked = sorted(step.rejected.items(), key=lambda item: (-item[1], item[0]))
    return [f"{count} x {reason}" for reason, count in ranked]


def duration(seconds: float) -> str:
    """Return a duration (s) in two units at most, such as ``2 h 05 min``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
