"""Joint answers that are kept: settings and prediction of a spectrum both need them."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from threading import Lock

from onne_core.posterior.joint.answer import JointAnswers

MOST = 512
"""Answers that are kept; about 8 MB."""


class Kept:
    """The answers of last use, by what was asked."""

    def __init__(self) -> None:
        self._answers: OrderedDict[Hashable, JointAnswers] = OrderedDict()
        self._lock = Lock()

    def answers(
        self,
        keys: Sequence[Hashable],
        make: Callable[[list[int]], JointAnswers],
    ) -> JointAnswers:
        """Return the answers of ``keys``; ``make`` gives those of missing ones."""
        with self._lock:
            found = {key: self._answers.pop(key, None) for key in keys}
        missing = [i for i, key in enumerate(keys) if found[key] is None]
        if missing:
            made = make(missing)
            for place, i in enumerate(missing):
                found[keys[i]] = made.one(place)
        known = {key: answer for key, answer in found.items() if answer is not None}
        with self._lock:
            self._answers.update(known)
            while len(self._answers) > MOST:
                self._answers.popitem(last=False)
        return JointAnswers.joined([known[key] for key in keys])
