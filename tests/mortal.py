"""Stores that end the process at a chosen call."""

from collections.abc import Callable, Iterator
from typing import Any


class Died(BaseException):
    """The process ended: nothing in it runs any more, so nothing may catch this."""


class Mortal:
    """A store of which one call ends the process: before it takes effect, or after.

    calls: counts the calls of all stores of one process. fatal: the number of the call, from 0.
    """

    def __init__(self, store: object, calls: Iterator[int], fatal: int, *, takes_effect: bool) -> None:
        self._store = store
        self._calls = calls
        self._fatal = fatal
        self._takes_effect = takes_effect

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._store, name)

        def call(*arguments: Any) -> Any:
            is_fatal = next(self._calls) == self._fatal
            if is_fatal and not self._takes_effect:
                raise Died(name)
            result = method(*arguments)
            if is_fatal:
                raise Died(name)
            return result

        return call
