"""What a terminal shows: lines, tables, progress bars."""

import sys
from collections.abc import Sequence
from contextlib import closing
from io import TextIOWrapper
from typing import TypeVar

from onne_core.jobs import Stage

WIDTH_OF_PIPES = 140
"""Columns of a table that goes to a file or a pipe, which has no width of its own."""

Value = TypeVar("Value")


def print_anywhere() -> None:
    """Let no character that the terminal's encoding lacks stop the program."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def say(text: str) -> None:
    """Print a line of the result."""
    print(text)


def complain(problem: object) -> None:
    """Print a problem as one line on standard error."""
    print(f"onne: {' '.join(str(problem).split())}", file=sys.stderr)


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table; its texts are shown as they are, brackets are no markup."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    made = Table(*head, title=Text(title), title_justify="left")
    for row in rows:
        made.add_row(*map(Text, row))
    is_terminal = Console().is_terminal
    Console(width=None if is_terminal else WIDTH_OF_PIPES).print(made)


def follow(stage: Stage[Value]) -> Value:
    """Run ``stage`` with a progress bar on standard error; return its value.

    However this ends, the stage is closed, and with it all processes that it started.
    Where standard error is no terminal there is no bar.
    """
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    bar = Progress(*columns, console=console, disable=not console.is_terminal)
    with closing(stage), bar:
        task = bar.add_task("starting", total=None)
        while True:
            try:
                step = next(stage)
            except StopIteration as end:
                return end.value
            bar.update(
                task, description=step.message, completed=step.done, total=step.total
            )
