"""Which file each worker is reading now, written down before it is read: who dies tells nobody why.

One item a run, in no index: a slot a task holds the id of the file that it is at, at one small write a file. Whoever is
still alive clears its slots; what is left names the files that readers died at.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from typing import Protocol

from metriccare_etl import aws
from metriccare_etl.claimed import Claimed
from metriccare_etl.safe import java_chain
from metriccare_ledger.notes import Reading
from metriccare_ledger.schema import slot_name
from metriccare_ledger.table import Table

TRIES = 3
MOST_SUSPECTS = 20  # in one job that has read nothing yet: then it is not the files
MOST_GIVEN_UP = 3  # the same, of those that were read alone
MOST_AT_NOTHING = 2  # workers in one try that were lost between their files: that is nobody's fault, for a while
LOST = re.compile(
    r"Python worker exited unexpectedly|Python worker failed to connect|ExecutorLost|[Ee]xecutor .*lost|Lost executor"
    r"|OutOfMemoryError|MemoryError|ReaderLost|EOFException|SocketException|Connection reset|Broken pipe"
)
TASK = re.compile(r"Task (\d+) in stage")


class ReaderLost(Exception):
    """An earlier try of this task died at a file: it is not tried again among others."""


class Marks:
    """What a task needs to say what it reads. Goes to the workers, so it holds names only."""

    def __init__(
        self,
        table: str,
        hash_key: str,
        run_id: str,
        dataset: str,
        region: str | None = None,
        ttl: tuple[str, int] | None = None,
    ) -> None:
        self._table, self._hash_key, self._region = table, hash_key, region
        self._run_id, self._dataset = run_id, dataset
        self._ttl = ttl  # (attribute, days) or None

    def slot(self, number: int, environment: dict[str, str]) -> Slot:
        """The place where the task of this number says what it reads."""
        client = aws.client("dynamodb", environment, self._region)
        reading = Reading(Table(client, self._table, self._hash_key, self._ttl), self._run_id)
        slot = Slot(reading, slot_name(self._dataset, number))
        if _tried_before() and slot.read():
            raise ReaderLost
        return slot


class Slot:
    """One task's place among what its run reads."""

    def __init__(self, reading: Reading, name: str) -> None:
        self._reading, self._name = reading, name

    def read(self) -> str | None:
        """The file that stands here, or None."""
        return self._reading.marks().get(self._name)

    def begin(self, file_id: str) -> None:
        """Said before the first byte is asked for."""
        self._reading.mark(self._name, file_id, time.time())

    def clear(self) -> None:
        """Nothing is being read here."""
        self._reading.unmark(self._name)


def _tried_before() -> bool:
    """Whether Spark gives this task another try."""
    from pyspark import TaskContext

    context = TaskContext.get()
    return context is not None and context.attemptNumber() > 0


def blamed(marks: Mapping[str, str], dataset: str, error: BaseException) -> list[str]:
    """The slots of those workers that an error says were lost; none when it says something else.

    Spark ends the other tasks of a failed stage too: what they were reading is not to blame.
    """
    texts = _texts(error)
    if not _says_lost(texts):
        return []
    tasks = next(filter(None, (TASK.search(text) for text in texts)), None)
    if tasks is None:
        return sorted(marks)
    name = slot_name(dataset, tasks.group(1))
    return [name] if name in marks else []


def _texts(error: BaseException) -> list[str]:
    return [str(error), *(f"{name} {text}" for name, text in java_chain(error))]


def _says_lost(texts: list[str]) -> bool:
    return any(LOST.search(text) for text in texts)


class Book(Protocol):
    """What is needed of the ledger here."""

    def marks(self, dataset: str) -> dict[str, str]:
        """What tasks of this job have said they read."""
        ...

    def clear_marks(self, dataset: str) -> None:
        """None of them is at work."""
        ...

    def lose(self, file: Claimed) -> bool:
        """A reader was lost at this file."""
        ...


Read = Callable[[list[Claimed]], None]


def read_in_turn(files: list[Claimed], read: Read, book: Book, dataset: str) -> None:
    """Read the files with `read(files)`: those that nothing is known against together, the suspects alone after them.

    A file that a worker was lost at is a suspect; the others are read on in the same try. Where workers are lost at one
    file after the other and none is read, no file is to blame: that is the job's failure.
    """
    crowd = [file for file in files if not file["lost"]]
    alone = [file for file in files if file["lost"]]
    good, given_up = not crowd, 0
    while crowd:
        suspects = _attempt(crowd, read, book, dataset, last=len(alone) >= MOST_SUSPECTS)
        crowd = [file for file in crowd if file["file_id"] not in suspects] if suspects else []
        good = not suspects
        alone += suspects.values()
    good = good and len(alone) < len(files)
    for file in sorted(alone, key=lambda one: (one["lost"], one["size"])):
        while file["lost"] < TRIES:
            hopeless = not good and given_up >= MOST_GIVEN_UP
            if not _attempt([file], read, book, dataset, last=hopeless):
                good = True
                break
        given_up += file["lost"] >= TRIES


def _attempt(files: list[Claimed], read: Read, book: Book, dataset: str, last: bool = False) -> dict[str, Claimed]:
    """{file_id: file} of those that a worker was lost at; empty when all were read. The `last` loss is the job's."""
    for again in reversed(range(MOST_AT_NOTHING + 1)):
        try:
            read(files)
            return {}
        except Exception as error:
            marks = book.marks(dataset)  # asks before it is known whether Spark lives: both must be there to go on
            suspects = {marks[slot] for slot in blamed(marks, dataset, error)}
            found = {file["file_id"]: file for file in files if file["file_id"] in suspects}
            at_nothing = again > 0 and not found and _says_lost(_texts(error))
            if not (found or at_nothing) or not _spark_lives():
                raise
            book.clear_marks(dataset)
            if found and last:
                raise
            if found:
                return _charged(found, book)
    raise AssertionError("the last try ends the loop")


def _charged(found: dict[str, Claimed], book: Book) -> dict[str, Claimed]:
    for file in found.values():
        file["lost"] += 1
        book.lose(file)
    return found


def _spark_lives() -> bool:
    from pyspark import SparkContext

    context = SparkContext._active_spark_context
    try:
        return context is not None and not context._jsc.sc().isStopped()
    except Exception:  # py4j has many for a JVM that is gone
        return False
