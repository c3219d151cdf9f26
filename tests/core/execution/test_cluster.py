"""A training set made by the workers of a Dask scheduler: the same, whatever dies."""

import os
import pickle
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import psutil
import pytest

from onne_core.errors import OnneError
from onne_core.execution import DaskCluster, addresses, dask_cluster, worker_check
from tests.core.execution import dask_processes
from tests.core.pipeline.small_set import RECIPE

GENERATE = """
import pickle
import sys
from pathlib import Path

if __name__ == "__main__":
    from onne_core.execution import DaskCluster
    from onne_core.jobs import run
    from onne_core.pipeline.sets import generation
    from process_work import killed_after_the_first

    generation.SHARD_SECONDS = 0.1
    recipe = pickle.loads(Path(sys.argv[1]).read_bytes())
    backend = DaskCluster(sys.argv[3])
    stage = generation.generate(recipe, Path(sys.argv[2]), backend=backend)
    run(killed_after_the_first(stage) if sys.argv[4:] == ["die"] else stage)
"""

WORKING = """
import process_work
import sys
from onne_core.execution import DaskCluster

if __name__ == "__main__":
    address, name = sys.argv[1:]
    work = getattr(process_work, name)
    list(DaskCluster(address).each(work, [1], message="working"))
"""

CHECK = """
import sys
from pathlib import Path
from onne_core.errors import OnneError
from onne_core.execution import DaskCluster

if __name__ == "__main__":
    address, *certificates = sys.argv[1:]
    try:
        DaskCluster(address, *map(Path, certificates)).check()
    except OnneError as error:
        sys.exit(str(error))
"""

dask = pytest.mark.skipif(
    find_spec("distributed") is None,
    reason="needs the package distributed (the extra onne[cluster])",
)
posix = pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def ran(script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        env=dask_processes.environment(),
        capture_output=True,
        text=True,
        timeout=120,
    )


def started(
    place: Path, folder: Path, address: str, *words: str
) -> subprocess.Popen[bytes]:
    """Start a generation on the cluster in a process of its own.

    Told to "die" it kills itself when the first shard is finished.
    """
    (place / "recipe").write_bytes(pickle.dumps(RECIPE))
    return subprocess.Popen(
        [
            *(sys.executable, "-c", GENERATE),
            *(str(place / "recipe"), str(folder), address, *words),
        ],
        env=dask_processes.environment(),
        stderr=subprocess.DEVNULL,
    )


def await_first_shard(folder: Path, program: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 120.0
    while not list(folder.glob("shard-*.npz")):
        assert time.monotonic() < deadline
        assert program.poll() is None
        time.sleep(0.02)


def identities(folder: Path) -> dict[str, tuple[int, int]]:
    return {
        path.name: (path.stat().st_ino, path.stat().st_mtime_ns)
        for path in folder.glob("shard-*.npz")
    }


@pytest.fixture(scope="module")
def cluster():
    """Return the address of a scheduler with two workers."""
    with dask_processes.running() as address:
        yield address


@dask
@posix
@pytest.mark.feff
def test_a_worker_killed_in_mid_run_costs_nothing(cluster, small_set, tmp_path):
    folder = tmp_path / "set"
    program = started(tmp_path, folder, cluster)
    await_first_shard(folder, program)
    victim = next(
        process
        for process in psutil.process_iter(["ppid"])
        if is_worker_of(process, cluster)
    )
    victim.kill()
    assert program.wait(120) == 0
    assert contents(folder) == contents(small_set)


def is_worker_of(process: psutil.Process, address: str) -> bool:
    """Whether ``process`` talks to the scheduler but is neither it nor a client."""
    port = int(address.rpartition(":")[2])
    try:
        names = process.cmdline()
        connections = process.net_connections("tcp")
    except psutil.Error:
        return False
    talks = any(c.raddr and c.raddr.port == port for c in connections)
    return talks and any("spawn_main" in name for name in names)


@dask
@posix
@pytest.mark.feff
def test_a_killed_client_leaves_what_is_done_and_resumes(cluster, small_set, tmp_path):
    folder = tmp_path / "set"
    program = started(tmp_path, folder, cluster, "die")
    assert program.wait(120) == -signal.SIGKILL
    finished = identities(folder)
    assert finished
    assert not (folder / "training_set.json").exists()
    assert started(tmp_path, folder, cluster).wait(120) == 0
    assert contents(folder) == contents(small_set)
    assert finished.items() <= identities(folder).items()


@dask
def test_a_task_that_kills_its_workers_is_an_error_with_a_remedy(cluster):
    found = ran(WORKING, cluster, "dies")
    assert "working: 4 workers died on the same task; check their" in found.stderr


@dask
def test_a_full_disk_there_is_not_taken_for_a_lost_scheduler(cluster):
    found = ran(WORKING, cluster, "finds_no_space")
    assert "JobError: a worker of the cluster: " in found.stderr
    assert "No space left" in found.stderr
    assert "lost the scheduler" not in found.stderr


@dask
@pytest.mark.skipif(not shutil.which("openssl"), reason="needs openssl")
def test_tls_needs_the_certificates_and_works_with_them(tmp_path):
    given = certificates(tmp_path)
    with dask_processes.running(*given) as address:
        assert address.startswith("tls://")
        assert ran(CHECK, address, *given).stderr == ""
        without = ran(CHECK, address)
        assert "no client certificates" in without.stderr
        assert "--tls-cert" in without.stderr
        open_one = ran(CHECK, address.replace("tls", "tcp"))
        assert "no connection" in open_one.stderr


def certificates(folder: Path) -> list[Path]:
    """Return an authority, and a certificate with its key, made by openssl."""

    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    key = ("-newkey", "rsa:2048", "-nodes")
    openssl("req", "-x509", *key, "-subj", "/CN=ca", "-keyout", "ca.key", "-out", "ca")
    openssl("req", *key, "-subj", "/CN=onne", "-keyout", "key", "-out", "request")
    authority = ("-CA", "ca", "-CAkey", "ca.key", "-CAcreateserial")
    openssl("x509", "-req", "-in", "request", *authority, "-out", "certificate")
    return [folder / name for name in ("ca", "certificate", "key")]


@pytest.mark.parametrize(
    "address", ["tls://far.example:8786", "tcp://127.0.0.1:1", "tcp://[::1]:1"]
)
def test_encrypted_or_local_addresses_may_be_used(address):
    addresses.refuse_open(address)


@pytest.mark.parametrize(
    ("address", "text"),
    [
        ("tcp://10.0.0.1:8786", "not encrypted, .* or give --insecure"),
        ("tcp://login.example:8786", "not encrypted"),
        ("tcp://127.0.0.1.example:8786", "not encrypted"),
        ("tcp://0.0.0.0:8786", "not encrypted"),
        ("ucx://10.0.0.1:1", "not a scheduler address"),
        ("10.0.0.1:8786", "not a scheduler address"),
        ("", "not a scheduler address"),
        ("tcp://[::1", "not a scheduler address"),
    ],
)
def test_open_addresses_are_refused(address, text):
    with pytest.raises(OnneError, match=text):
        DaskCluster(address).check()


def test_an_open_scheduler_is_used_if_one_insists(monkeypatch):
    monkeypatch.setattr(dask_cluster, "find_spec", lambda _: None)
    with pytest.raises(OnneError, match="distributed, which is not installed"):
        DaskCluster("tcp://10.0.0.1:8786", insecure=True).check()


@dask
def test_a_scheduler_that_does_not_run_is_said_at_once():
    with pytest.raises(OnneError, match=r"tcp://127.0.0.1:1: no connection"):
        DaskCluster("tcp://127.0.0.1:1").check()


@dask
def test_a_server_of_another_kind_is_said(monkeypatch):
    monkeypatch.setattr(dask_cluster, "CONNECTING", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(OnneError, match=r"no connection \(timed out\)"):
            DaskCluster(address).check()


def test_equal_versions_are_no_difference():
    here = worker_check.look()
    assert worker_check.differences({"a": here}, here=here) == []
    worker_check.refuse_differences({"a": here}, here=here)


def test_differences_are_named():
    here = {"Python": "3.11", "numba": "0.68.1", "onne": "0.1.0"}
    found = {
        "tls://a:1": {**here, "numba": "0.67.0"},
        "tls://b:1": {"Python": "3.12", "numba": "0.68.1"},
        "tls://c:1": ModuleNotFoundError("No module named 'onne_core'"),
        "tls://d:1": TimeoutError("slow"),
    }
    texts = worker_check.differences(found, here=here)
    assert texts == [
        "numba 0.68.1 here, 0.67.0 on tls://a:1",
        "Python 3.11 here, 3.12 on tls://b:1",
        "onne 0.1.0 here, not installed on tls://b:1",
        "onne is not installed on tls://c:1",
        "tls://d:1 does not report its versions (slow)",
    ]
    with pytest.raises(OnneError, match=r"^Workers differ .* and 2 more\. Install"):
        worker_check.refuse_differences(found, here=here)


def test_a_worker_that_joins_later_is_compared_too():
    here = worker_check.look()
    with pytest.raises(OnneError, match=r"numpy 1\.0 here, .* on a worker"):
        dask_cluster._guarded(str, {**here, "numpy": "1.0"}, 1)
    assert dask_cluster._guarded(str, here, 1) == "1"


def test_the_backend_is_a_value_that_can_be_sent():
    backend = DaskCluster("tls://a:1", ca=Path("ca.pem"))
    sent = pickle.dumps(backend)
    assert pickle.loads(sent) == backend
    assert replace(backend, insecure=True) != backend
