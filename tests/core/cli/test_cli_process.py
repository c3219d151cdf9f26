"""The command line as a process: what users type, bars, encodings, Ctrl-C."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import process_work
import psutil
import pytest

from onne_core import cli
from onne_core.cli.arguments import e0_of, s02_of, stems_of
from onne_core.cli.terminal import duration, follow
from onne_core.errors import OnneError
from onne_core.jobs import Progress
from tests.core import tiny_ensemble

ROOT = Path(__file__).resolve().parents[3]
ONNE = [sys.executable, "-c", "from onne_core.cli import main; main()"]
SMALL_SHARDS = """
from onne_core.cli import main
from onne_core.pipeline.sets import generation

generation.SHARD_SECONDS = 0.1
"""
HELD_UP = """
import time

def held_up(*arguments, made=generation.generate, **options):
    for step in made(*arguments, **options):
        yield step
        if step.done:
            time.sleep(300.0)

generation.generate = held_up
"""
"""The process waits when the first shard is finished."""
PATIENCE = 120.0
"""Longest time to wait for a process on a busy machine, s."""


class TestArguments:
    @pytest.mark.parametrize(
        ("text", "value"), [("auto", None), ("2.5", 2.5), ("-8", -8.0), ("+1e1", 10.0)]
    )
    def test_e0(self, text: str, value: float | None) -> None:
        assert e0_of(text) == value

    @pytest.mark.parametrize("text", ["", "x", "8333", "-101", "nan", "inf", "1,5"])
    def test_e0_out_of_reason(self, text: str) -> None:
        with pytest.raises(OnneError, match=r"^--e0 .*, or auto\.$"):
            e0_of(text)

    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("auto", None),
            ("0.85", (0.85, 0.05 * 0.85)),
            ("0.85+-0.03", (0.85, 0.03)),
            ("0.85±0.03", (0.85, 0.03)),
            ("1+-0", (1.0, 0.0)),
        ],
    )
    def test_s02(self, text: str, value: tuple[float, float] | None) -> None:
        assert s02_of(text) == value

    @pytest.mark.parametrize(
        "text", ["", "x", "0", "-0.8", "3.1", "0.8+-", "0.8+-x", "0.8+-0.9", "nan"]
    )
    def test_s02_out_of_reason(self, text: str) -> None:
        with pytest.raises(OnneError, match=r"^--s02 .*, or auto\.$"):
            s02_of(text)

    def test_stems_are_all_different(self) -> None:
        paths = ["a/foil.chi", "b/foil.chi", "foil.xdi", "c/foil.chi", "foil.300K.chi"]
        stems = stems_of([Path(path) for path in paths])
        assert stems == ["foil", "foil_chi", "foil_xdi", "foil_2", "foil.300K"]


def slow_stage():
    """Give progress of ten spectra a step, half a step a second; some set aside."""
    reasons = {"atoms [too close]": 1, "spectrum diverged": 3}
    yield Progress(0, 72, "scattering", spectra=10)
    yield Progress(2, 72, "scattering", spectra=10)
    yield Progress(32, 72, "scattering", reasons, spectra=10)


def clock_of(*seconds: float):
    """Return a clock that shows these times, one after the other."""
    return iter(seconds).__next__


class TestFollow:
    def test_the_value_is_returned_and_the_bar_shown_on_a_terminal(
        self, monkeypatch, capsys
    ) -> None:
        def stage():
            yield Progress(1, 2, "scattering")
            return 42

        assert follow(stage()) == 42
        assert capsys.readouterr().err == ""
        monkeypatch.setenv("FORCE_COLOR", "1")
        assert follow(stage()) == 42
        shown = capsys.readouterr().err
        assert "scattering" in shown
        assert "1/2" in shown

    def test_rate_time_left_and_reasons_are_shown(self, monkeypatch, capsys) -> None:
        monkeypatch.setenv("FORCE_COLOR", "1")
        monkeypatch.setenv("COLUMNS", "120")
        assert follow(slow_stage(), clock_of(0.0, 0.0, 4.0, 64.0)) is None
        shown = capsys.readouterr().err
        assert "5 spectra/s" in shown
        assert "1 min 20 s left" in shown
        assert "set aside: 3 x spectrum diverged" in shown
        assert "set aside: 1 x atoms [too close]" in shown

    def test_without_a_terminal_there_is_a_line_now_and_then(self, capsys) -> None:
        follow(slow_stage(), clock_of(0.0, 0.0, 4.0, 64.0))
        (line,) = capsys.readouterr().err.splitlines()
        assert line == (
            "onne: scattering 32/72; 5 spectra/s; 1 min 20 s left; "
            "set aside: 3 x spectrum diverged, 1 x atoms [too close]"
        )

    @pytest.mark.parametrize(
        ("seconds", "text"),
        [
            (0.4, "0 s"),
            (59.4, "59 s"),
            (59.6, "1 min 00 s"),
            (3599.6, "1 h 00 min"),
            (9000.0, "2 h 30 min"),
        ],
    )
    def test_durations_have_two_units(self, seconds: float, text: str) -> None:
        assert duration(seconds) == text

    @pytest.mark.parametrize("problem", [KeyboardInterrupt, OnneError])
    def test_the_stage_is_closed_however_it_ends(self, problem) -> None:
        closed = []

        def stage():
            try:
                yield Progress(0, 2, "scattering")
                raise problem
            finally:
                closed.append(True)

        with pytest.raises(problem):
            follow(stage())
        assert closed == [True]

    def test_an_interruption_between_steps_closes_the_stage(self) -> None:
        closed, ticks = [], iter([0.0])

        def stage():
            try:
                yield Progress(0, 2, "scattering")
            finally:
                closed.append(True)

        def interrupted_clock() -> float:
            for seconds in ticks:
                return seconds
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            follow(stage(), interrupted_clock)
        assert closed == [True]


def subprocess_of(*arguments: object, **options) -> subprocess.CompletedProcess[str]:
    command = [*ONNE, *(str(argument) for argument in arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=PATIENCE, cwd=ROOT, **options
    )


class TestProcess:
    def test_a_file_that_cannot_be_used_ends_without_a_traceback(
        self, tiny_folder, tmp_path
    ) -> None:
        ran = subprocess_of(
            "predict", "no.chi", "--ensemble", tiny_folder, "--out", tmp_path
        )
        assert ran.returncode == 2
        assert ran.stdout == ""
        assert (
            ran.stderr == "onne: no.chi: no such file; check the name and the folder.\n"
        )

    def test_a_terminal_that_knows_only_ascii_gets_what_it_can_show(self) -> None:
        ascii_only = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
        ran = subprocess_of("models", env=ascii_only)
        assert (ran.returncode, ran.stderr) == (0, "")
        assert "ensemble" in ran.stdout

    def test_a_reader_that_has_seen_enough_is_no_problem(
        self, tiny_folder, tmp_path
    ) -> None:
        tiny_ensemble.store(tiny_ensemble.training_set(2), tmp_path)
        command = [*ONNE, "validate", str(tiny_folder), str(tmp_path), "--json"]
        with subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout
            assert process.stderr
            process.stdout.close()
            assert process.wait(PATIENCE) == cli.UNREAD
            assert process.stderr.read() == ""

    def test_help_is_quick(self) -> None:
        code = (
            "import sys, contextlib\n"
            "from onne_core.cli import main\n"
            "with contextlib.suppress(SystemExit): main(['--help'])\n"
            "heavy = ('numpy', 'scipy', 'onnxruntime', 'PySide6', 'tensorflow')\n"
            "sys.exit(', '.join(name for name in heavy if name in sys.modules))\n"
        )
        ran = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT
        )
        assert ran.returncode == 1
        assert ran.stderr.strip() == ""
        for command in ("predict", "generate", "train", "validate", "models", "doctor"):
            assert command in ran.stdout

    def test_the_core_knows_no_window(self) -> None:
        ran = subprocess.run(
            [sys.executable, "-m", "onne_core.cli"],
            capture_output=True,
            text=True,
            cwd=ROOT,
        )
        assert ran.returncode == 0, ran.stderr
        assert "predict" in ran.stdout
        assert "window" not in ran.stdout


SYSTEM = {
    "schema": 1,
    "system": {
        "absorber": "Ni",
        "edge": "K",
        "shells": [
            {
                "element": "O",
                "distance": [2.0, 2.1],
                "deviation": [0.03, 0.06],
                "coordination": 4,
            }
        ],
    },
    "scattering": {"r_max": 3.0, "legs": 2, "fine_count": 0},
}


@pytest.mark.feff
@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT to send")
def test_ctrl_c_stops_cleanly_and_the_same_command_resumes(tmp_path: Path) -> None:
    (tmp_path / "system.json").write_text(json.dumps(SYSTEM))
    out = tmp_path / "set"
    words = ["generate", str(tmp_path / "system.json"), "--out", str(out)]
    words += ["--macrostates", "3", "--microstates", "2", "--engine", "feff"]
    with subprocess.Popen(
        [
            *(sys.executable, "-c", f"{SMALL_SHARDS}{HELD_UP}main()"),
            *(*words, "--workers", "1"),
        ],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=process_work.heed_interrupts,
    ) as process:
        try:
            await_first_shard(out, process)
            started = psutil.Process(process.pid).children(recursive=True)
            # A terminal sends it to the whole foreground group.
            os.killpg(process.pid, signal.SIGINT)
            _, errors = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
    assert process.returncode == 130
    assert errors == "onne: stopped; run the same command again to resume\n"
    assert started
    _gone, alive = psutil.wait_procs(started, timeout=5.0)
    assert not alive
    assert not (out / "training_set.json").exists()
    finished = {path: path.stat().st_mtime_ns for path in out.glob("shard-*.npz")}
    assert 0 < len(finished) < 3
    again = subprocess.run(
        [sys.executable, "-c", f"{SMALL_SHARDS}main()", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert (again.returncode, again.stderr) == (0, "")
    assert "3 spectra in" in again.stdout
    for path, when in finished.items():
        assert path.stat().st_mtime_ns == when


def await_first_shard(out: Path, process: subprocess.Popen[str]) -> None:
    """Wait until a shard is finished while others are still being made."""
    end = time.monotonic() + PATIENCE
    while not list(out.glob("shard-*.npz")):
        with contextlib.suppress(subprocess.TimeoutExpired):
            pytest.fail(f"it ended too early, with code {process.wait(0.02)}")
        assert time.monotonic() < end, "no shard was finished in time"
