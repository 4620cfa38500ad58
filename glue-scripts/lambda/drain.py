"""Takes up what waits in the queue: a call works until its time is over, and starts the next while messages remain."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from arrivals import BadRecord
from patience import passes
from turn import Turns
from undelivered import Message, Undelivered, read

SOURCE = "metriccare.drain"
# Lambda ends a chain of a function's calls to itself after about 16, with a letter to the account's owner.
LINKS = 12
LEAST_SECONDS = 2  # of work that are worth a receive
LATE_SECONDS = 60  # that the turn outlives its call
UNREADABLE_HOURS = 11  # SQS hides a message for twelve at most
AGAIN_SECONDS = 900
# The ledger as a whole cannot be used: the next message would meet the same.
CLOSED = ("AccessDenied", "AccessDeniedException", "ResourceNotFoundException", "KMSAccessDeniedException")


@dataclass
class Counts:
    """What a chain of calls has done. Counts alone: keys may name persons."""

    recorded: int = 0  # files that were new to the ledger
    known: int = 0
    events: int = 0  # others than of files
    failed: int = 0  # messages that were set aside, to be tried later
    unreadable: int = 0
    stopped: str = ""  # why it could not go on

    @property
    def moved(self) -> int:
        """Messages' worth of work that is done."""
        return self.recorded + self.known + self.events


def is_closed(error: BaseException) -> bool:
    """True when no other record could be written either."""
    code = str(getattr(error, "response", {}).get("Error", {}).get("Code", ""))
    return code in CLOSED or code.endswith("AccessDenied")


class Drain:
    """One call. `record(entry)` writes an entry into the ledger (new | known | ignored), `look()` is the schedule's."""

    def __init__(
        self,
        queue: Undelivered,
        turns: Turns,
        clients: Any,
        clock: Callable[[], float],
        record: Callable[[Any], str],
        look: Callable[[], object],
        name_of: Callable[[BaseException], str],
    ) -> None:
        self._queue, self._turns, self._clients, self._clock = queue, turns, clients, clock
        self._record, self._look, self._name_of = record, look, name_of
        self._looked = False
        self._spent = ""  # why there is no patience left

    def run(
        self, chain: str, link: int, done: dict[str, Any], deadline: float, function: str
    ) -> tuple[Counts, bool] | None:
        """Works until the deadline; (counts of the chain so far, whether it goes on), None when it is not its turn."""
        if not self._turns.take(chain, link, deadline - self._clock() + LATE_SECONDS):
            return None
        try:
            return self._work(chain, link, Counts(**done), deadline, function)
        except Exception:
            # Whoever comes next need not wait for the turn of one who failed.
            self._turns.give(chain)
            raise

    def _work(self, chain: str, link: int, counts: Counts, deadline: float, function: str) -> tuple[Counts, bool]:
        before, more, received = counts.moved, True, False
        while more and not self._spent and not counts.stopped and self._clock() < deadline - LEAST_SECONDS:
            messages = self._queue.receive(int(deadline - self._clock()) + LATE_SECONDS)
            more, received = bool(messages), True
            self._take_up(messages, counts, deadline)
        # No progress, no next call: a ledger that takes nothing must not keep the function busy.
        if self._spent and counts.moved == before:
            counts.stopped = counts.stopped or self._spent
        goes_on = more and (received or link == 0) and not counts.stopped and link + 1 < LINKS
        goes_on = goes_on and self._next(chain, link + 1, counts, function)
        if not goes_on:
            self._turns.give(chain)
        return counts, goes_on

    def _take_up(self, messages: list[Message], counts: Counts, deadline: float) -> None:
        gone = []
        for n, message in enumerate(messages):
            if counts.stopped or self._clock() >= deadline:
                self._release(messages[n:])
                break
            verdict = self._one(message, counts)
            if verdict == "gone":
                gone.append(message)
            elif verdict == "later":
                self._release(messages[n:])
                break
        self._queue.remove(gone)

    def _release(self, messages: list[Message]) -> None:
        for message in messages:
            self._queue.hide(message, 0)

    def _one(self, message: Message, counts: Counts) -> str:
        """gone | later | aside."""
        form, found = read(message.body)
        try:
            if form == "unreadable":
                raise BadRecord("unreadable")
            if form == "records":
                self._entries(found, counts)
            else:
                self._event(counts)
        except BadRecord:
            # It never becomes readable: kept for a person, and out of the way of the others.
            counts.unreadable += 1
            self._queue.hide(message, UNREADABLE_HOURS * 3600)
            return "aside"
        except Exception as error:
            if passes(error):
                self._spent = self._name_of(error)
                return "later"
            if is_closed(error):
                counts.stopped = self._name_of(error)
                return "later"
            counts.failed += 1
            self._queue.hide(message, min(UNREADABLE_HOURS * 3600, AGAIN_SECONDS * 2 ** min(message.receives, 6)))
            return "aside"
        return "gone"

    def _entries(self, entries: list[Any], counts: Counts) -> None:
        """All that can be read; a bad one does not keep the others out."""
        bad: BadRecord | None = None
        for entry in entries:
            try:
                self._count(self._record(entry), counts)
            except BadRecord as error:
                bad = error
        if bad is not None:
            raise bad

    def _event(self, counts: Counts) -> None:
        """Events of runs and of the clock say: look. Once is enough for all of them."""
        if not self._looked:
            self._look()
            self._looked = True
        counts.events += 1

    @staticmethod
    def _count(outcome: str, counts: Counts) -> None:
        if outcome == "new":
            counts.recorded += 1
        else:
            counts.known += 1

    def _next(self, chain: str, link: int, counts: Counts, function: str) -> bool:
        """Calls the function again, without waiting. Refused: the next look of the schedule goes on."""
        payload = {"source": SOURCE, "chain": chain, "link": link, "done": asdict(counts)}
        try:
            getattr(self._clients, "lambda").invoke(
                FunctionName=function, InvocationType="Event", Payload=json.dumps(payload).encode()
            )
        except Exception as error:
            counts.stopped = self._name_of(error)
            return False
        return True


def told(counts: Counts, waiting: object, environment: str, workflow: str, goes_on_later: bool) -> tuple[str, str]:
    """(subject, text) of the message at the end of a chain: counts, and what is to be done."""
    lines = [
        "Files whose arrival could not be recorded at once waited in the queue.",
        f"environment: {environment}",
        f"workflow: {workflow}",
        f"recorded now: {counts.recorded}",
        f"known already: {counts.known}",
        f"still waiting: {waiting}",
    ]
    if counts.failed:
        lines.append(f"refused by the ledger, tried again later: {counts.failed}")
    if counts.unreadable:
        lines.append(f"not readable, kept for fourteen days: {counts.unreadable}")
    if counts.stopped:
        lines.append(f"stopped by: {counts.stopped}")
    lines.append(
        "The next look of the schedule goes on by itself." if goes_on_later else "Nothing is left to be recorded."
    )
    lines.append(f"more: metriccare doctor --env {environment}")
    return f"{workflow}: files that waited"[:99], "\n".join(lines)
