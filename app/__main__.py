"""Start the window; import nothing heavy before it shows."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

NO_DISPLAY = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Open the window on the files or the project in ``arguments``.

    Returns the exit status: 2 where there is no display to open it on.
    """
    options = _options(arguments)
    problem = display_problem(dict(os.environ), sys.platform)
    if problem:
        sys.stderr.write(problem + "\n")
        return NO_DISPLAY
    from app.start import run

    return run(tuple(Path(path) for path in options.paths), example=options.example)


def display_problem(environment: dict[str, str], platform: str) -> str:
    """Return why no window can be opened, in one line, or nothing.

    Qt aborts the process where it finds no display; so this is checked first.
    """
    if not platform.startswith("linux") or environment.get("QT_QPA_PLATFORM"):
        return ""
    if environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"):
        return ""
    return (
        "onne: no display found (neither DISPLAY nor WAYLAND_DISPLAY is set); use "
        "onne predict FILE --out DIR, or log in with ssh -X."
    )


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="onne", description="Open the ONNE window: from EXAFS spectra to g(r)."
    )
    parser.add_argument("paths", nargs="*", help="spectra, or one project folder")
    parser.add_argument(
        "--example", action="store_true", help="open the bundled example and analyse it"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
