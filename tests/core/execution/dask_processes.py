"""A Dask cluster in processes of its own, for tests; run as a program it is one.

It prints the scheduler's address and ends when its standard input does. Arguments are
the files of a TLS authority, certificate and key, or none.
"""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
WORKERS = ROOT / "tests" / "core" / "workers"


def environment() -> dict[str, str]:
    """Return the variables with which processes find the project and these tests."""
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(WORKERS)]),
        "DASK_DISTRIBUTED__LOGGING__DISTRIBUTED": "critical",
    }


@contextlib.contextmanager
def running(*tls: Path) -> Iterator[str]:
    """Run two workers and their scheduler; give its address."""
    with subprocess.Popen(
        [sys.executable, __file__, *map(str, tls)],
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdin
        assert process.stdout
        address = process.stdout.readline().strip()
        assert address, "the cluster did not start"
        yield address
        process.stdin.close()
        process.wait(30)


def serve(tls: list[str]) -> None:
    from distributed import LocalCluster
    from distributed.security import Security

    names = ("ca_file", "client_cert", "client_key")
    named = {f"tls_{name}": path for name, path in zip(names, tls, strict=bool(tls))}
    for role in ("scheduler", "worker"):
        if tls:
            named |= {f"tls_{role}_cert": tls[1], f"tls_{role}_key": tls[2]}
    security = Security(require_encryption=True, **named) if tls else None
    with LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        host="127.0.0.1",
        protocol="tls" if tls else "tcp",
        security=security,
        dashboard_address=None,
        worker_dashboard_address=None,
    ) as cluster:
        print(cluster.scheduler_address, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    serve(sys.argv[1:])
