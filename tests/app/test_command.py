"""The program onne: what it adds to the command line of the core."""

import subprocess
import sys
from pathlib import Path

import pytest

from app import __main__ as window
from app.command import main

ROOT = Path(__file__).resolve().parents[2]


def test_without_a_command_the_window_opens(monkeypatch) -> None:
    opened = []
    monkeypatch.setattr(window, "main", lambda files: opened.append(files) or 0)
    with pytest.raises(SystemExit) as end:
        main(["foil.chi", "melt.onne"])
    assert end.value.code == 0
    assert opened == [["foil.chi", "melt.onne"]]


@pytest.mark.parametrize("hidden", [None, "evaluation"])
def test_help_is_quick_and_has_the_demo_where_there_is_a_repository(hidden) -> None:
    code = (
        "import sys, contextlib\n"
        f"sys.modules[{hidden or 'absent'!r}] = None\n"
        "from app.command import main\n"
        "with contextlib.suppress(SystemExit): main(['--help'])\n"
        "heavy = ('numpy', 'scipy', 'onnxruntime', 'PySide6', 'tensorflow')\n"
        "sys.exit(', '.join(name for name in heavy if name in sys.modules) or 0)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT
    )
    assert ran.returncode == 0, ran.stderr
    assert "predict" in ran.stdout
    assert ("demo" in ran.stdout) == (hidden is None)
