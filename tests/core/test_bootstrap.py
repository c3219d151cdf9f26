"""The set-up reads its lock, pip's settings and ldd's listing as it should."""

import sys
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
LDD = """\
/venv/PySide6/Qt/plugins/platforms/libqxcb.so:
\tlinux-vdso.so.1 (0x00007ffd0a5f2000)
\tlibxcb-keysyms.so.1 => not found
\tlibX11.so.6 => /lib/x86_64-linux-gnu/libX11.so.6 (0x00007f1f1d000000)
\tlibxcb-icccm.so.4 => not found
/venv/PySide6/Qt/plugins/platforms/libqoffscreen.so:
\tlibxcb-icccm.so.4 => not found
"""


@pytest.fixture
def bootstrap(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(ROOT / "packaging"))
    yield import_module("bootstrap")
    for name in ("bootstrap", "system_packages"):
        sys.modules.pop(name, None)


@pytest.fixture
def system_packages(bootstrap: ModuleType) -> ModuleType:
    return import_module("system_packages")


def test_missing_libraries_are_all_named_once(system_packages: ModuleType) -> None:
    assert system_packages.not_found(LDD) == [
        "libxcb-icccm.so.4",
        "libxcb-keysyms.so.1",
    ]


def test_missing_libraries_become_one_command(
    system_packages: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(system_packages, "can_install", lambda: False)
    missing = system_packages.not_found(LDD)
    monkeypatch.setattr(system_packages, "missing_libraries", lambda _: missing)
    with pytest.raises(system_packages.SetupError) as caught:
        system_packages.provide_libraries([])
    assert "apt-get install libxcb-icccm4 libxcb-keysyms1" in str(caught.value)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux's displays")
def test_without_a_display_no_plugin_is_needed(system_packages: ModuleType) -> None:
    plugins = system_packages.qt_plugins
    assert plugins("run", display="", wayland="") == []
    assert plugins("run", display=":0", wayland="wayland-0") == ["xcb"]
    assert plugins("run", display="", wayland="wayland-0") == ["wayland"]
    assert "offscreen" in plugins("test", display="", wayland="")


def test_settings_of_pip_become_those_of_uv(bootstrap: ModuleType) -> None:
    listing = "\n".join(
        [
            ":env:.cert='/etc/certificates.pem'",
            "global.index-url='https://mirror.example/simple'",
            "global.extra-index-url='file:///one file:///two'",
            "global.find-links='\\n/wheels\\n/more'",
            "global.timeout='60'",
        ]
    )
    assert bootstrap.uv_settings(listing) == {
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "SSL_CERT_FILE": "/etc/certificates.pem",
        "UV_DEFAULT_INDEX": "https://mirror.example/simple",
        "UV_INDEX": "file:///one file:///two",
        "UV_FIND_LINKS": "/wheels,/more",
    }


def test_the_entry_of_one_package_is_cut_out_of_the_lock(bootstrap: ModuleType) -> None:
    entry = bootstrap.locked_entry(bootstrap.LOCK.read_text(), "uv")
    first, *rest = entry.splitlines()
    assert first.startswith("uv==")
    assert rest
    assert all(line.strip().startswith("--hash=sha256:") for line in rest)


def test_versions_of_python_agree_with_the_project(bootstrap: ModuleType) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    (lowest, below) = project["requires-python"].split(",")
    versions = [
        (3, minor) for minor in range(8, 16) if bootstrap.is_suitable((3, minor))
    ]
    assert lowest == ">={}.{}".format(*versions[0])
    assert below == f"<3.{versions[-1][1] + 1}"


def test_an_old_python_is_told_what_to_install(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2, "final", 0))
    monkeypatch.setattr(bootstrap.shutil, "which", lambda _: None)
    with pytest.raises(bootstrap.SetupError, match=r"Python 3\.11 or 3\.12 is needed"):
        bootstrap.suitable_python()
