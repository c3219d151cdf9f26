"""The command line without the window: ``python -m onne_core.cli --help``."""

from onne_core.cli import main

if __name__ == "__main__":
    main()
