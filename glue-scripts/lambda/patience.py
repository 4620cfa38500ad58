"""Refusals that pass: tried again with growing pauses, for as long as whoever calls has time."""

import random
from collections.abc import Callable
from typing import Any, TypeVar

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

T = TypeVar("T")
FIRST_PAUSE = 0.2
LONGEST_PAUSE = 5.0
# Throttles of every spelling, and AWS's own bad moments.
PASSING = {
    "InternalServerError",
    "ProvisionedThroughputExceeded",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "Throttling",
    "ThrottlingError",
    "ThrottlingException",
}


def passes(error: BaseException) -> bool:
    """True when the same call may do later. A cancelled transaction says why in its reasons."""
    if not isinstance(error, ClientError):
        return isinstance(error, (ConnectionError, HTTPClientError))
    reasons = {reason.get("Code") for reason in error.response.get("CancellationReasons") or []}
    return error.response["Error"]["Code"] in PASSING or bool(reasons & PASSING)


class Patience:
    """Tries a call again until a moment. Without one it is not tried again."""

    def __init__(self, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._clock = clock
        self._sleep = sleep
        self.until = 0.0

    def call(self, send: Callable[[], T]) -> T:
        """What `send` answers; its error when that does not pass, or when there is no time left."""
        pause = FIRST_PAUSE
        while True:
            try:
                return send()
            except Exception as error:
                # Some at a time: those that were refused together must not come back together.
                wait = random.uniform(pause / 2, pause)
                if not passes(error) or self._clock() + wait >= self.until:
                    raise
            self._sleep(wait)
            pause = min(pause * 2, LONGEST_PAUSE)


class PatientClient:
    """A client whose calls are made with patience."""

    def __init__(self, client: Any, patience: "Patience") -> None:
        self._client = client
        self._patience = patience

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        return lambda **request: self._patience.call(lambda: getattr(self._client, operation)(**request))
