"""The ``onne`` program: core commands, the window and the repository's demo."""

from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from onne_core import cli
from onne_core.cli.commands import app

try:
    from evaluation.demo.command import demo
except ModuleNotFoundError:
    pass  # what measures the project's claims is not installed with the program
else:
    app.command(demo)


@app.default
def window(*files: Path) -> int:
    """Open the window; spectra or a project may follow."""
    from app.__main__ import main as open_window

    return open_window([str(file) for file in files])


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line; without a command it opens the window."""
    cli.main(arguments)
