"""Whose turn it is, as items of the ledger: one at a time empties the queue, one at a time waits for a burst to end."""

from collections.abc import Callable

from metriccare_ledger.notes import Turn, Window
from metriccare_ledger.table import Table


class Turns:
    """`table` is the ledger's."""

    def __init__(self, table: Table, clock: Callable[[], float]) -> None:
        self._turn, self._window = Turn(table), Window(table)
        self._clock = clock

    def take(self, chain: str, link: int, seconds: float) -> bool:
        """True when this link of this chain may empty the queue: nobody else does, and nobody is this link already.

        Lambda delivers asynchronous calls at least once: of two that are the same link only one goes on.
        """
        now = self._clock()
        return self._turn.take(chain, link, now + seconds, now)

    def give(self, chain: str) -> None:
        """The chain is at its end."""
        self._turn.give(chain)

    def join(self, window: float, seconds: float) -> bool:
        """True when this caller is the one who waits: no window is open. Else it is noted for the one who does."""
        now_ms = int(self._clock() * 1000)
        until, last_ms = self._window.read()
        if (until or 0) <= now_ms / 1000:
            return self._window.open(until, now_ms / 1000 + seconds, now_ms)
        # A burst of thousands must not write thousands of times what four times a window say.
        if now_ms - last_ms >= window * 250:
            self._window.note(now_ms)
        return False

    def last_arrival(self) -> float:
        """When the last arrival of the open window was noted, seconds since 1970."""
        return self._window.read()[1] / 1000

    def close(self) -> None:
        """The window is over: who comes from now on opens the next."""
        self._window.close()
