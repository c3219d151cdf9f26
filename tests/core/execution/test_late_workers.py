"""Workers that join a Dask scheduler during a run are checked like the first ones."""

from types import SimpleNamespace

import pytest

from onne_core.errors import OnneError
from onne_core.execution import dask_cluster

pytest.importorskip("distributed")


def test_an_open_worker_that_joins_late_gets_no_task(monkeypatch):
    import distributed

    submitted, finished = [], []
    workers = [{"tls://n1:1": 1}, {"tls://n1:1": 1, "tcp://n2:1": 1}]

    def submit(function, task, **_):
        submitted.append(task)
        return Answer(function(task))

    client = SimpleNamespace(
        loop=None,
        nthreads=lambda: workers.pop(0),
        submit=submit,
        cancel=lambda futures, force: None,
    )
    monkeypatch.setattr(distributed, "as_completed", lambda loop: Finished(finished))
    run = dask_cluster._each(client, abs, [1, 2, 3, 4], insecure=False)
    next(run)
    with pytest.raises(OnneError, match=r"tcp://n2:1: not encrypted"):
        next(run)
    assert len(submitted) == 2


class Finished:
    """Futures in the order in which they were submitted."""

    def __init__(self, futures):
        self._futures = futures

    def add(self, future):
        self._futures.append(future)

    def __next__(self):
        return self._futures.pop(0)


class Answer:
    """A future that is done."""

    def __init__(self, value):
        self._value = value

    def result(self):
        return self._value
