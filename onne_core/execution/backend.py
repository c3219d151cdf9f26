"""Interface of the backends."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Sequence
from typing import TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")


class Backend(ABC):
    """A place where tasks run; can be sent to another process."""

    @abstractmethod
    def check(self) -> None:
        """Check that tasks can run there.

        Raises
        ------
        OnneError
            If they cannot, or would give other results than here.
        """

    @abstractmethod
    def each(
        self, function: Callable[[Task], Result], tasks: Sequence[Task], *, message: str
    ) -> Generator[tuple[int, Result], None, None]:
        """Run ``function`` on every task; yield index and result as they finish.

        ``message`` names the stage in errors. However this ends, no task of it goes on
        for long; a worker that dies costs the task that it was working on, which is
        done again.

        Raises
        ------
        JobError
            If workers die again and again; an error of ``function`` passes on.
        """
