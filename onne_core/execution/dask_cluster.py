"""Tasks on the workers of an existing Dask scheduler."""

import contextlib
import logging
import socket
import uuid
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, final

from onne_core.errors import JobError, OnneError
from onne_core.execution.addresses import host_and_port, refuse_open
from onne_core.execution.backend import Backend
from onne_core.execution.worker_check import look, refuse_differences

if TYPE_CHECKING:
    from distributed import Client, Future, Security

Task = TypeVar("Task")
Result = TypeVar("Result")

REACHING = 5.0
"""Time in which a connection must be there, s."""

CONNECTING = 20.0
"""Time in which a scheduler must answer, s."""

FIRST_WORKER = 300.0
"""Time in which a first worker must be there; queues of clusters are slow, s."""


@final
@dataclass(frozen=True)
class DaskCluster(Backend):
    """The workers of the scheduler at ``address``, such as tls://host:8786.

    ``ca``, ``certificate`` and ``key`` are PEM files for TLS; where one is not given,
    Dask's own configuration has it (``distributed.comm.tls``). ``insecure`` allows
    unencrypted connections to other computers.
    """

    address: str
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    insecure: bool = False

    def check(self) -> None:
        """Connect, wait for a worker and compare its versions with the local ones.

        Raises
        ------
        OnneError
            If Dask is not installed, a connection would be open to everybody, nobody
            answers, or a version differs.
        """
        with self._client() as client:
            _wait_for_workers(client, self.address)
            if not self.insecure:
                for worker in client.scheduler_info(n_workers=-1)["workers"]:
                    refuse_open(worker)
            found: Any = client.run(look, on_error="return")
            refuse_differences(found, here=look())

    def each(
        self, function: Callable[[Task], Result], tasks: Sequence[Task], *, message: str
    ) -> Generator[tuple[int, Result], None, None]:
        """Run ``function`` on every task; yield index and result as they finish.

        Tasks are submitted in a sliding window, twice as many as there are threads, so
        that neither the scheduler nor this process holds all of them.
        """
        if not tasks:
            return
        with self._client() as client, _translated(self.address, message):
            guarded = partial(_guarded, function, look())
            yield from _each(client, guarded, tasks, insecure=self.insecure)

    @contextlib.contextmanager
    def _client(self) -> "Iterator[Client]":
        if not self.insecure:
            refuse_open(self.address)
        if find_spec("distributed") is None:
            raise OnneError(
                "--scheduler requires the package distributed, which is not "
                "installed; install onne[cluster], or run pip install distributed."
            )
        from distributed import Client

        # Its tracebacks of a lost connection; the errors here say it in a line.
        logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
        try:
            security = self._security()
            self._refuse_others(security)
            client = Client(
                self.address,
                timeout=CONNECTING,
                security=security,
                set_as_default=False,
            )
        # What is no scheduler, such as a web server, announces messages of any length.
        except (OSError, ValueError, MemoryError) as error:
            raise OnneError(_no_connection(self.address, error)) from error
        try:
            yield client
        finally:
            client.close(timeout=5)

    def _refuse_others(self, security: "Security | None") -> None:
        """Raise OSError where no scheduler of Dask's answers.

        Dask itself tries for long, says less of what is wrong, and waits for ever for
        the first word of a server of another kind. A scheduler speaks first.
        """
        with contextlib.ExitStack() as stack:
            raw = socket.create_connection(host_and_port(self.address), REACHING)
            stream = stack.enter_context(raw)
            if security is not None:
                context = security.get_connection_args("client")["ssl_context"]
                stream = stack.enter_context(context.wrap_socket(raw))
            stream.settimeout(CONNECTING)
            if not stream.recv(1):
                raise OSError("it closed the connection")

    def _security(self) -> "Security | None":
        from distributed import Security

        if not self.address.startswith("tls://"):
            return None
        given = {
            "tls_ca_file": self.ca,
            "tls_client_cert": self.certificate,
            "tls_client_key": self.key,
        }
        named = {name: str(path) for name, path in given.items() if path is not None}
        security = Security(require_encryption=True, **named)
        if security.get_connection_args("client")["ssl_context"] is None:
            raise ValueError("no client certificates")
        return security


def _guarded(
    function: Callable[[Task], Result], expected: dict[str, str], task: Task
) -> Result:
    """Refuse to run ``function`` where versions differ: workers may join any time."""
    refuse_differences({"a worker": look()}, here=expected)
    return function(task)


def _each(
    client: "Client",
    function: Callable[[Task], Result],
    tasks: Sequence[Task],
    *,
    insecure: bool,
) -> Generator[tuple[int, Result], None, None]:
    """Yield (index, result) as they finish, with a short queue of submissions."""
    from distributed import as_completed

    run, waiting = uuid.uuid4().hex[:8], list(reversed(range(len(tasks))))
    running: dict[Future, int] = {}
    finished = as_completed(loop=client.loop)
    try:
        while waiting or running:
            threads: Any = client.nthreads()
            if not insecure:  # workers may join any time
                for worker in threads:
                    refuse_open(worker)
            wanted = 2 * max(1, sum(threads.values()))
            while waiting and len(running) < wanted:
                index = waiting.pop()
                name = f"onne-{run}-{index}"
                future = client.submit(function, tasks[index], key=name, pure=False)
                running[future] = index
                finished.add(future)
            future = next(finished)
            index = running.pop(future)
            with _at_the_worker(future):
                result = future.result()
            yield index, result
    finally:
        client.cancel(list(running), force=True)


@contextlib.contextmanager
def _at_the_worker(future: "Future") -> Iterator[None]:
    """Tell an error of the worker's system from one of the connection to it."""
    try:
        yield
    except OSError as error:
        if future.status != "error":
            raise
        raise JobError(
            f"a worker of the cluster: {type(error).__name__}: {error}; check its "
            "disk, memory and limits, then run the same command again."
        ) from error


@contextlib.contextmanager
def _translated(address: str, message: str) -> Iterator[None]:
    """Say in the user's words what Dask says of lost workers and schedulers."""
    from concurrent.futures import CancelledError

    from distributed import KilledWorker

    try:
        yield
    except KilledWorker as error:
        raise JobError(
            f"{message}: {error.allowed_failures + 1} workers died on the same "
            "task; check their memory and logs, then run the same command again."
        ) from error
    except (CancelledError, OSError, TimeoutError) as error:
        raise JobError(
            f"{message}: lost the scheduler at {address} ({type(error).__name__}); "
            "completed work is kept, run the same command again to resume."
        ) from error


def _wait_for_workers(client: "Client", address: str) -> None:
    try:
        client.wait_for_workers(1, timeout=FIRST_WORKER)
    except TimeoutError as error:
        raise OnneError(
            f"{address}: no worker within {FIRST_WORKER:g} s; start some, or check "
            "the queue of the cluster."
        ) from error


def _no_connection(address: str, error: Exception) -> str:
    reason = " ".join(str(error).split())[:200]
    if address.startswith("tls://"):
        remedy = (
            "check the address and the certificates (--tls-ca, --tls-cert and "
            "--tls-key, or distributed.comm.tls of Dask's configuration)"
        )
    else:
        remedy = "check the address, and that the scheduler is running"
    return f"{address}: no connection ({reason}); {remedy}."
