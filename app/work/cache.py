"""Cache of background results by the digest of their inputs."""

from collections.abc import Iterator
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Cache(Generic[Value]):
    """The latest ``most`` values by digest; the oldest is dropped."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: dict[str, Value] = {}

    def __contains__(self, digest: str) -> bool:
        return digest in self._values

    def __len__(self) -> int:
        return len(self._values)

    def latest_first(self) -> Iterator[Value]:
        """Yield the values, latest first."""
        return reversed(self._values.values())

    def get(self, digest: str) -> Value | None:
        """Return the value for ``digest``, if cached."""
        return self._values.get(digest)

    def keep(self, digest: str, value: Value) -> None:
        """Store ``value`` as the latest."""
        self._values.pop(digest, None)
        self._values[digest] = value
        if len(self._values) > self._most:
            del self._values[next(iter(self._values))]
