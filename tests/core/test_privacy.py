"""Nothing is reported to anybody, and no identifier of the computer is stored."""

import os
import subprocess
import sys
from pathlib import Path

from onne_core.locations import models_folders

ROOT = Path(__file__).resolve().parents[2]
SESSION = """
import sys
from pathlib import Path
from onne_core.posterior.sessions import Networks
Networks((Path(sys.argv[1]).read_bytes(),))
"""


def run_python(code: str, *arguments: str, **variables: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
    command = [sys.executable, "-c", code, *arguments]
    ran = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=True
    )
    return ran.stdout.strip()


def test_onnxruntime_stores_nothing_at_home(tmp_path: Path) -> None:
    network = models_folders()[0] / "ni-foil" / "net_00.onnx"
    home = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    run_python(SESSION, str(network), ORT_DISABLE_TELEMETRY="0", **home)
    assert [path for path in tmp_path.rglob("*") if "Microsoft" in str(path)] == []


def test_the_core_turns_telemetry_off_whatever_was_set_before() -> None:
    code = "import os, onne_core; print(os.environ['ORT_DISABLE_TELEMETRY'])"
    assert run_python(code, ORT_DISABLE_TELEMETRY="0") == "1"


def test_libraries_write_into_the_folder_of_the_program_alone(tmp_path: Path) -> None:
    """A keras.json at home, of another program, is neither read nor written."""
    other = tmp_path / ".keras" / "keras.json"
    other.parent.mkdir()
    other.write_text('{"floatx": "float16"}')
    home = {"HOME": str(tmp_path), "XDG_CACHE_HOME": "", "XDG_CONFIG_HOME": ""}
    code = (
        "import onne_core, keras, matplotlib.font_manager; print(keras.config.floatx())"
    )
    assert run_python(code, **home, MPLCONFIGDIR="").splitlines()[-1] == "float32"
    cache = tmp_path / ".cache" / "onne"
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path for path in written if cache not in path.parents] == [other]
