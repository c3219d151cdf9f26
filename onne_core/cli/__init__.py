"""The command line: the pipeline from a terminal."""

import os
import signal
import sys
from collections.abc import Sequence
from typing import NoReturn

from cyclopts import CycloptsError

from onne_core.cli.commands import UNUSABLE_INPUT, app
from onne_core.cli.terminal import complain, print_anywhere
from onne_core.errors import OnneError

UNREAD = 1
INTERRUPTED = 130
TERMINATED = 143


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line; report problems as one line on standard error."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
    print_anywhere()
    try:
        result = app(
            arguments,
            exit_on_error=False,
            print_error=False,
            result_action="return_value",
        )
        sys.stdout.flush()
    except OnneError as error:
        complain(error)
        sys.exit(UNUSABLE_INPUT)
    except CycloptsError as error:
        complain(f"{error} (see onne --help)")
        sys.exit(UNUSABLE_INPUT)
    except BrokenPipeError:
        # Whoever read the output, head for one, has seen enough. What is left in the
        # buffer must go somewhere, and rich ends with the same code.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(UNREAD)
    except KeyboardInterrupt:
        complain("stopped; run the same command again to resume")
        sys.exit(INTERRUPTED)
    sys.exit(result if isinstance(result, int) else 0)
