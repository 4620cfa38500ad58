"""Keeps the queue empty: drains it, starts a run for what was recorded, says how it went, wakes the next drain."""

import json
import os
import uuid
from collections.abc import Callable
from dataclasses import asdict, fields, replace
from typing import Any

import drain
from patience import passes
from surroundings import Settings, error_name, log
from undelivered import Undelivered


class Keeper:
    """`work()` makes a `drain.Drain`; `start()` starts a run."""

    def __init__(
        self,
        settings: Settings,
        clients: Any,
        queue: Undelivered,
        work: Callable[[], drain.Drain],
        start: Callable[[], str | None],
    ) -> None:
        self._settings, self._clients, self._queue = settings, clients, queue
        self._work, self._start = work, start

    def begin(self, context: Any, deadline: float, trouble: str = "") -> dict[str, Any]:
        """The first call of a chain. `trouble`: what else went wrong, for whoever is told."""
        return self.go_on(context, deadline, {"chain": chain_of(context)}, trouble)

    def go_on(self, context: Any, deadline: float, event: dict[str, Any], trouble: str = "") -> dict[str, Any]:
        """One call of a chain."""
        before = _counts(event.get("done"))
        result: tuple[drain.Counts, bool] | None
        try:
            result = self._work().run(
                str(event.get("chain") or ""),
                _number(event.get("link")),
                asdict(before),
                deadline,
                function_name(context),
            )
        except Exception as error:
            if passes(error):
                raise
            result = replace(before, stopped=error_name(error)), False
        if result is None:
            return {"event": "drain", "drain": "another is on"}
        counts, goes_on = result
        counts.stopped = counts.stopped or trouble
        try:
            fresh = counts.recorded > before.recorded and not (goes_on and self._settings.batch_window)
            started = self._start() if fresh else None
        finally:
            if not goes_on:
                self._tell(counts)
        return {"event": "drain", "goes_on": goes_on, "run": started, **asdict(counts)}

    def _tell(self, counts: drain.Counts) -> None:
        """Nobody is told of a queue that was empty."""
        if not self._settings.topic or counts == drain.Counts():
            return
        waiting: object
        try:
            waiting = self._queue.waiting()
        except Exception as error:
            waiting = f"unknown ({error_name(error)})"
        later = bool(waiting or counts.stopped or counts.failed)
        subject, text = drain.told(counts, waiting, self._settings.environment, self._settings.workflow, later)
        self._clients.sns.publish(TopicArn=self._settings.topic, Subject=subject, Message=text)

    def wake(self, context: Any) -> None:
        """A run is at its end, which is a good moment for what waits in the queue. The schedule does it anyway."""
        try:
            if self._queue and self._queue.waiting():
                payload = {"source": drain.SOURCE, "chain": chain_of(context)}
                getattr(self._clients, "lambda").invoke(
                    FunctionName=function_name(context), InvocationType="Event", Payload=json.dumps(payload).encode()
                )
        except Exception as error:
            log({"event": "queue", "error": error_name(error)})


def function_name(context: Any) -> str:
    """Of the function that runs: it calls itself by it."""
    return getattr(context, "function_name", None) or os.environ.get("AWS_LAMBDA_FUNCTION_NAME") or ""


def chain_of(context: Any) -> str:
    """Names the calls that follow from this one; Lambda's second try of a call has the same."""
    return getattr(context, "aws_request_id", None) or uuid.uuid4().hex


def _number(value: object) -> int:
    return max(value, 0) if isinstance(value, int) else 0


def _counts(done: object) -> drain.Counts:
    """What the calls before have done: numbers alone, whoever sent the event."""
    given = done if isinstance(done, dict) else {}
    numbers: dict[str, Any] = {
        one.name: _number(given.get(one.name)) for one in fields(drain.Counts) if one.type is int
    }
    return drain.Counts(**numbers)
