"""The quiet period: of a burst of files the first call waits until no more come, and starts one run for all of them."""

from collections.abc import Callable

from botocore.exceptions import ClientError

from turn import Turns


class Burst:
    """`turns` says who waits; `window` is the quiet period in seconds, 0 for none."""

    def __init__(self, turns: Turns, window: float, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._turns, self._window, self._clock, self._sleep = turns, window, clock, sleep

    def is_mine(self, deadline: float) -> bool:
        """True when this call is to start the run, after the burst. False: another waits, and takes these files too.

        Their rows stand before the window is asked for, and the run starts after the window is closed.
        """
        if not self._window:
            return True
        try:
            if not self._turns.join(self._window, max(deadline - self._clock(), 0)):
                return False
            self._wait(deadline)
            self._turns.close()
        except ClientError:
            # To wait is a courtesy: a table that refuses it must not keep files waiting.
            return True
        return True

    def _wait(self, deadline: float) -> None:
        while True:
            quiet = self._turns.last_arrival() + self._window
            left = min(quiet, deadline) - self._clock()
            if left <= 0:
                return
            self._sleep(left)
