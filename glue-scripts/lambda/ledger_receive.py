"""The receiving half of the ledger: S3 events become file generations in DynamoDB.

One item per generation, one head per key that remembers the order of the key's events, so that a late event finds its
place (`key_history.py`). The claiming half lives in `metriccare_etl.ledger`, which the Glue jobs use; both speak of
items through `metriccare_ledger`.
"""

import random
import time
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from arrivals import Arrival
from key_history import Run, place_arrival, trimmed
from metriccare_ledger.files import Arrivals
from metriccare_ledger.schema import HASH_KEY
from metriccare_ledger.table import Table

RECEIVE_TRIES = 12
OVERTAKEN = (
    "ConditionalCheckFailedException",
    "TransactionCanceledException",
    "TransactionConflictException",
    "TransactionInProgressException",
)


class Receiver:
    """Writes arrivals into the ledger. `dynamodb` is a boto3 client."""

    def __init__(
        self,
        dynamodb: Any,
        table: str,
        hash_key: str = HASH_KEY,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._arrivals = Arrivals(Table(dynamodb, table, hash_key))
        self._clock = clock
        self._sleep = sleep

    def receive(self, arrival: Arrival) -> int:
        """Record one arrival; returns how many generations it made (0: known content, or a duplicate)."""
        for attempt in range(RECEIVE_TRIES):
            history, version = self._arrivals.head(arrival.bucket, arrival.key)
            runs = [_run_of(arrival, run) for run in history]
            updated, born = place_arrival(runs, arrival)
            if updated == runs:
                return 0
            try:
                self._arrivals.write(updated, trimmed(updated), born, version, self._clock())
                return len(born)
            except ClientError as error:
                if error.response["Error"]["Code"] not in OVERTAKEN:
                    raise
                self._sleep(random.uniform(0.01, 0.05) * (attempt + 1))
        raise RuntimeError("the ledger kept changing under this event")


def _run_of(arrival: Arrival, run: dict[str, Any]) -> Run:
    loaded = {_event_of(arrival, event) for event in run["events"]}
    ordered = sorted(loaded, key=lambda event: (event.event_ms, event.sequencer))
    return {"events": ordered, "rep": _event_of(arrival, run["rep"])}


def _event_of(arrival: Arrival, event: dict[str, Any]) -> Arrival:
    return Arrival(bucket=arrival.bucket, key=arrival.key, **event)
