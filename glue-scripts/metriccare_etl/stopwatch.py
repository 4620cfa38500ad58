"""How long the parts of a job took, for the line that it says at its end."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Stopwatch:
    """Seconds by name of the part; a part that comes again adds up."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seconds: dict[str, float] = {}

    @contextmanager
    def time(self, part: str) -> Iterator[None]:
        """Count what happens inside to this part."""
        started = self._clock()
        try:
            yield
        finally:
            self._seconds[part] = self._seconds.get(part, 0.0) + self._clock() - started

    def seconds(self) -> dict[str, float]:
        """{part: seconds}, to the hundredth."""
        return {part: round(seconds, 2) for part, seconds in self._seconds.items()}
