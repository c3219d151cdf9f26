"""A stranger's input in a process of its own: its answers, its end, its limits."""

import os

import pytest

from onne_core.confined import Limits, confined
from onne_core.errors import DefinitionError, JobError
from tests.core.workers import confined_work

posix = pytest.mark.skipif(
    os.name != "posix", reason="only POSIX systems limit the memory of a process"
)
AMPLE = Limits(memory=256 << 20, seconds=60.0)


def test_value_comes_back_from_another_process():
    assert confined(os.getpid, limits=AMPLE) != os.getpid()


def test_problem_of_the_user_keeps_its_kind():
    with pytest.raises(DefinitionError, match="as it was raised"):
        confined(confined_work.refuse, limits=AMPLE)


def test_bug_is_a_bug():
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        confined(confined_work.divide, limits=AMPLE)


def test_death_is_told():
    with pytest.raises(JobError, match=r"worker died \(exit code 3\)"):
        confined(os._exit, 3, limits=AMPLE)


def test_time_is_limited():
    with pytest.raises(JobError, match=r"not finished after 0\.2 s"):
        confined(confined_work.sleep, limits=Limits(memory=1 << 30, seconds=0.2))


@posix
def test_memory_is_limited():
    assert confined(confined_work.take, 100 << 20, limits=AMPLE) == 100 << 20
    with pytest.raises(JobError, match="more than 256 MiB"):
        confined(confined_work.take, 300 << 20, limits=AMPLE)
