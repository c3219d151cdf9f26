"""One thread beside the window's: in order, told in the window's thread, closed."""

import threading

import pytest

from app.work.cache import Cache
from app.work.worker import Worker
from onne_core.errors import OnneError


@pytest.fixture
def worker(qapp):
    made = Worker("test")
    yield made
    made.close()


def refuse():
    raise OnneError("the disk is full")


def fail():
    raise KeyError("bug")


def test_work_is_done_in_order_beside_the_window_and_told_in_it(worker, qtbot):
    threads, told = [], []
    for number in range(3):
        worker.do(
            lambda number=number: threads.append(threading.current_thread()) or number,
            lambda number: told.append((number, threading.current_thread())),
        )
    assert worker.is_busy
    qtbot.waitUntil(lambda: not worker.is_busy, timeout=10_000)
    main = threading.main_thread()
    assert told == [(0, main), (1, main), (2, main)]
    assert main not in threads
    assert len(set(threads)) == 1


def test_who_waits_sees_what_follows_and_it_follows_once(worker, qtbot):
    told = []
    worker.do(lambda: 1, told.append, doing="Saving")
    assert worker.doing == "Saving"
    worker.wait()
    assert told == [1]
    worker.do(lambda: 2, told.append)
    qtbot.waitUntil(lambda: not worker.is_busy, timeout=10_000)
    assert told == [1, 2]
    assert worker.doing == ""


def test_only_the_latest_of_what_waits_under_a_topic_is_done(worker):
    gate, done = threading.Event(), []
    worker.do(lambda: gate.wait(20.0))
    for number in range(4):
        worker.do(lambda number=number: done.append(number), topic="latest")
    worker.do(lambda: done.append("other"))
    gate.set()
    worker.wait()
    assert done == [3, "other"]


def test_a_problem_of_the_user_is_for_the_one_who_asked(worker):
    refused = []
    worker.do(refuse, refused=lambda error: refused.append(str(error)))
    worker.wait()
    assert refused == ["the disk is full"]


@pytest.mark.parametrize("work", [fail, refuse])
def test_what_nobody_takes_is_raised_in_the_windows_thread(worker, qtbot, work):
    with qtbot.capture_exceptions() as faults:
        worker.do(work)
        qtbot.waitUntil(lambda: not worker.is_busy, timeout=10_000)
    assert len(faults) == 1
    worker.do(lambda: None)
    worker.wait()


def test_a_fault_is_told_to_the_one_who_asked_and_raised(worker):
    refused = []
    worker.do(fail, refused=lambda error: refused.append(str(error)))
    with pytest.raises(KeyError):
        worker.wait()
    assert refused == ["Bug in ONNE: KeyError: 'bug'"]
    assert not worker.is_busy


def test_the_end_finishes_what_must_not_be_lost_and_logs_what_fails(qapp, caplog):
    worker = Worker("test")
    gate, done = threading.Event(), []
    worker.do(lambda: gate.wait(20.0))
    worker.do(lambda: done.append("dropped"), topic="look")
    worker.do(lambda: done.append("kept"), lambda _: done.append("followed"))
    worker.do(fail)
    threading.Timer(0.05, gate.set).start()
    worker.close()
    assert done == ["kept"]
    assert "KeyError" in caplog.text
    assert not worker.is_busy


def test_the_oldest_value_goes_where_there_are_too_many():
    cache = Cache[int](2)
    for digest, value in (("a", 1), ("b", 2), ("a", 3), ("c", 4)):
        cache.keep(digest, value)
    assert list(cache.latest_first()) == [4, 3]
    assert (cache.get("a"), cache.get("b"), len(cache)) == (3, None, 2)
    assert "c" in cache
