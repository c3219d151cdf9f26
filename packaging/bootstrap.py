"""Set the program up: .venv, the locked packages, the project itself.

Run by make with whatever python3 there is, so it uses the standard library only. What
is there already is not done again: a stamp in .venv holds the digest of what was
installed. This folder must stay without an __init__.py, or it would hide the package
``packaging`` from programs that start in the project's folder.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from system_packages import (
    SetupError,
    provide_libraries,
    provide_packages,
    provide_virtual_screen,
    qt_plugins,
    say,
    succeeds,
)

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PROGRAMS = VENV / ("Scripts" if os.name == "nt" else "bin")
VENV_PYTHON = PROGRAMS / ("python.exe" if os.name == "nt" else "python")
LOCK = ROOT / "requirements.lock"
STAMP = VENV / "onne-setup.json"

OLDEST, NEWEST = (3, 11), (3, 12)
SPACE_NEEDED = 3.5e9
"""Free disk space that the packages need, bytes; TensorFlow takes half of it."""

UV_VARIABLES = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "proxy": "ALL_PROXY",
}
"""pip's settings and the variables in which uv expects the same."""

FROM_LOCK = ["--no-deps", "--require-hashes", "--only-binary", ":all:"]
"""Install what the lock names, nothing else, and build nothing."""


def main(arguments: list[str] | None = None) -> int:
    """Set up for the purpose that is asked for; return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("purpose", choices=("run", "test", "lint"))
    purpose = parser.parse_args(arguments).purpose
    try:
        set_up(purpose)
    except SetupError as error:
        print(f"\nThe set-up stopped. {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped; the same command goes on from here.", file=sys.stderr)
        return 130
    return 0


def set_up(purpose: str) -> None:
    """Bring .venv up to date, and the system libraries that ``purpose`` needs."""
    wanted = digest_of_setup()
    stamp = read_stamp()
    if stamp.get("digest") != wanted or not VENV_PYTHON.exists():
        create_venv(moved=stamp.get("root", str(ROOT)) != str(ROOT))
        install_packages()
        stamp = {"root": str(ROOT), "digest": wanted, "plugins": []}
    provide_qt(purpose, stamp)
    if stamp != read_stamp():
        STAMP.write_text(json.dumps(stamp, indent=2) + "\n")


def digest_of_setup() -> str:
    """Return the digest of all that decides what .venv holds."""
    accumulator = hashlib.sha256(str(ROOT).encode())
    for path in (LOCK, ROOT / "pyproject.toml"):
        accumulator.update(path.read_bytes())
    return accumulator.hexdigest()


def read_stamp() -> dict:
    """Return what the last complete set-up left, empty if there was none."""
    try:
        return json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}


def create_venv(*, moved: bool) -> None:
    """Create .venv unless a usable one is there; one that was ``moved`` is not."""
    check = f"import sys, pip; assert {OLDEST} <= sys.version_info[:2] <= {NEWEST}"
    if not moved and succeeds(VENV_PYTHON, "-c", check):
        return
    python = suitable_python()
    require_venv_module(python)
    free = shutil.disk_usage(ROOT).free
    if free < SPACE_NEEDED:
        raise SetupError(
            f"{ROOT} has {free / 1e9:.1f} GB of free space; "
            f"the packages need {SPACE_NEEDED / 1e9:.1f} GB."
        )
    say("Creating .venv")
    if subprocess.run([python, "-m", "venv", "--clear", VENV]).returncode:
        raise SetupError(f"{python} could not create {VENV}; its message is above.")


def suitable_python() -> str:
    """Return an interpreter of a version that all packages support."""
    if is_suitable(sys.version_info[:2]):
        return sys.executable
    for name in ("python3.12", "python3.11"):
        found = shutil.which(name)
        if found and succeeds(found, "-c", "import sys"):
            return found
    present = ".".join(map(str, sys.version_info[:3]))
    raise SetupError(
        f"Python 3.11 or 3.12 is needed; {sys.executable} is {present}.\n"
        "Install one of them and name it: make run PYTHON=python3.12"
    )


def is_suitable(version: tuple[int, ...]) -> bool:
    """Whether the packages support this ``version`` of Python (major, minor)."""
    return OLDEST <= version <= NEWEST


def require_venv_module(python: str) -> None:
    """Make sure that ``python`` can create virtual environments."""
    complete = "import venv, ensurepip"
    if succeeds(python, "-c", complete):
        return
    say("python3 cannot create virtual environments: python3-venv is missing.")
    provide_packages(["python3-venv"])
    if not succeeds(python, "-c", complete):
        raise SetupError(f"{python} has no venv module; install a complete Python.")


def install_packages() -> None:
    """Install the locked packages and the project itself into .venv."""
    say("Installing the packages of requirements.lock (once; about 3 GB)")
    uv = provide_uv()
    locked = [*FROM_LOCK, "-r", str(LOCK)]
    # All that building the project needs is in the lock, so nothing more is fetched.
    project = ["--no-deps", "--no-build-isolation", "--editable", str(ROOT)]
    if uv and uv_installs(uv, "--compile-bytecode", *locked):
        done = uv_installs(uv, *project)
    else:
        say("Installing with pip, which takes longer")
        done = pip_installs(*locked) and pip_installs(*project)
    if not done:
        raise SetupError(
            "The packages could not be installed; the reason is above.\n"
            "Where the Python package index is out of reach, set pip's index or proxy "
            "(pip config set global.proxy ...) and run the same command again."
        )


def provide_uv() -> str | None:
    """Install the locked uv with pip; return its path, None if it is not to be had."""
    requirement = VENV / "uv-requirement.txt"
    requirement.write_text(locked_entry(LOCK.read_text(), "uv"))
    done = pip_installs("--quiet", *FROM_LOCK, "-r", str(requirement))
    requirement.unlink()
    return shutil.which("uv", path=str(PROGRAMS)) if done else None


def locked_entry(lock: str, name: str) -> str:
    """Return the lines of ``lock`` that belong to the package ``name``."""
    lines = lock.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(f"{name}=="))
    hashes = lines[start + 1 :]
    end = next((i for i, line in enumerate(hashes) if line[:1] != " "), len(hashes))
    return "\n".join([lines[start], *hashes[:end]]) + "\n"


def uv_installs(uv: str, *arguments: str) -> bool:
    """Install with uv into .venv, with the user's settings of pip; say if it worked."""
    command = [VENV_PYTHON, "-m", "pip", "config", "list"]
    listing = subprocess.run(command, capture_output=True, text=True).stdout
    environment = {**uv_settings(listing), **os.environ}
    command = [uv, "pip", "install", "--python", VENV_PYTHON, *arguments]
    return subprocess.run(command, env=environment).returncode == 0


def uv_settings(listing: str) -> dict[str, str]:
    """Return the settings in ``listing`` (of pip config list) as variables of uv.

    Of several indexes uv takes the first that knows a package, pip the best of all;
    with a hash for every file the second is as safe, and it is what the user has set.
    """
    settings = {"UV_INDEX_STRATEGY": "unsafe-best-match"}
    for line in listing.splitlines():
        name, _, value = line.partition("=")
        option = name.rpartition(".")[2]
        if option in UV_VARIABLES:
            separator = "," if option == "find-links" else " "
            several = str(ast.literal_eval(value)).split()
            settings[UV_VARIABLES[option]] = separator.join(several)
    return settings


def pip_installs(*arguments: str) -> bool:
    """Install with pip into .venv; say if it worked."""
    environment = {**os.environ, "PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    command = [VENV_PYTHON, "-m", "pip", "install", *arguments]
    return subprocess.run(command, env=environment).returncode == 0


def provide_qt(purpose: str, stamp: dict) -> None:
    """Provide what Qt needs for ``purpose``; note in ``stamp`` what was checked."""
    plugins = qt_plugins(
        purpose,
        display=os.environ.get("DISPLAY", ""),
        wayland=os.environ.get("WAYLAND_DISPLAY", ""),
    )
    unchecked = [name for name in plugins if name not in stamp["plugins"]]
    if unchecked:
        pattern = "lib/python3*/site-packages/PySide6/Qt/plugins/platforms"
        folder = next(VENV.glob(pattern))
        provide_libraries([folder / f"libq{name}.so" for name in unchecked])
        stamp["plugins"] += unchecked
    if purpose == "test":
        provide_virtual_screen()


if __name__ == "__main__":
    sys.exit(main())
