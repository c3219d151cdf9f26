"""What the program needs from the operating system, and how to get it on Debian."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

DEBIAN_PACKAGES = {
    "libdbus-1.so.3": "libdbus-1-3",
    "libEGL.so.1": "libegl1",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libGL.so.1": "libgl1",
    "libGLX.so.0": "libglx0",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libOpenGL.so.0": "libopengl0",
    "libstdc++.so.6": "libstdc++6",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
    "libX11.so.6": "libx11-6",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb.so.1": "libxcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libz.so.1": "zlib1g",
    "libzstd.so.1": "libzstd1",
}
"""Debian and Ubuntu package of every library outside Qt that its plugins load."""


class SetupError(Exception):
    """A problem that the user can mend; the text says how."""


def qt_plugins(purpose: str, *, display: str, wayland: str) -> list[str]:
    """Return the platform plugins of Qt that ``purpose`` loads on this machine.

    ``display`` and ``wayland`` are the values of DISPLAY and WAYLAND_DISPLAY. Without a
    display the program runs on the command line and needs no plugin.
    """
    if not sys.platform.startswith("linux") or purpose == "lint":
        return []
    if purpose == "test":
        return ["offscreen", "xcb"] if can_install() else ["offscreen"]
    if display:
        return ["xcb"]
    return ["wayland"] if wayland else []


def provide_libraries(plugins: list[Path]) -> None:
    """Make sure that every library the Qt ``plugins`` load is on this machine."""
    missing = missing_libraries(plugins)
    if not missing:
        return
    say(f"Qt needs libraries of the system that are missing: {', '.join(missing)}")
    unknown = [name for name in missing if name not in DEBIAN_PACKAGES]
    if unknown:
        raise SetupError(f"Install the packages that hold {', '.join(missing)}.")
    provide_packages(sorted({DEBIAN_PACKAGES[name] for name in missing}))


def missing_libraries(plugins: list[Path]) -> list[str]:
    """Return the libraries, each by its soname, that ``plugins`` do not find."""
    ldd = shutil.which("ldd")
    if ldd is None:
        return []
    ran = subprocess.run([ldd, *plugins], capture_output=True, text=True)
    return not_found(ran.stdout)


def not_found(listing: str) -> list[str]:
    """Return the sonames that a ``listing`` of ldd reports as not found."""
    lines = [line.split() for line in listing.splitlines() if "=> not found" in line]
    return sorted({words[0] for words in lines})


def provide_virtual_screen() -> None:
    """Install a virtual screen for the tests where that takes no question.

    Without one the tests of the window use Qt's offscreen platform.
    """
    missing = [name.lower() for name in ("Xvfb", "xauth") if not shutil.which(name)]
    if missing and can_install():
        try:
            provide_packages(missing)
        except SetupError as error:
            say(f"{error}\n    The tests go on without a virtual screen.")


def provide_packages(packages: list[str]) -> None:
    """Install Debian ``packages``, or say how.

    Raises
    ------
    SetupError
        If this is not Debian or Ubuntu, the user is not root, or apt-get fails.
    """
    names = " ".join(packages)
    if not can_install():
        raise SetupError(
            "Install these packages, then run the same command again:\n"
            f"    sudo apt-get update && sudo apt-get install {names}\n"
            "(the names are those of Debian and Ubuntu)"
        )
    say(f"Installing the Debian packages {names}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    options = ["-qq", "-o", "DPkg::Lock::Timeout=120", "-o", "Dpkg::Use-Pty=0"]
    apt = [shutil.which("apt-get") or "", *options]
    subprocess.run([*apt, "update"], env=environment)
    install = [*apt, "install", "--yes", "--no-install-recommends", *packages]
    if subprocess.run(install, env=environment).returncode:
        raise SetupError(f"apt-get could not install {names}; its message is above.")


def can_install() -> bool:
    """Whether packages of Debian or Ubuntu can be installed without a question."""
    return (
        Path("/etc/debian_version").is_file()
        and shutil.which("apt-get") is not None
        and os.geteuid() == 0
    )


def succeeds(*command: str | Path) -> bool:
    """Whether ``command`` exists and exits with 0."""
    try:
        return subprocess.run(command, capture_output=True).returncode == 0
    except OSError:
        return False


def say(text: str) -> None:
    """Tell the user what happens now."""
    print(f"==> {text}", flush=True)
