"""Files in the ledger, and the heads of their keys: what items hold, and every write of one.

The one module of Python that names their attributes. Conditions are the schema's; who calls says who and when.
"""

from collections.abc import Iterator, Mapping
from typing import Any, TypedDict

from metriccare_ledger import schema
from metriccare_ledger.schema import DATASETS, filled
from metriccare_ledger.table import Table

ROWS = "rows_{dataset}"
RECEIVED, CLAIMED, PROCESSED = "received", "claimed", "processed"
PENDING = "1"


class Place(TypedDict):
    """What a reader needs of a file: where it is and which of its versions, and what is known against it."""

    bucket: str
    key: str
    version_id: str
    etag: str
    size: int
    generation: str
    attempt: int
    lost: int


class File(dict[str, Any]):
    """An item of a file, read by what it means; nothing is said twice of what is absent."""

    @property
    def state(self) -> str:
        """One of the schema's states."""
        state: str = self["status"]
        return state

    @property
    def run(self) -> str | None:
        """The run that holds it or held it last, or None."""
        return self.get("run_id")

    @property
    def attempts(self) -> int:
        """How often it was claimed to be read."""
        return int(self.get("attempt", 0))

    @property
    def losses(self) -> int:
        """Readers that were lost at it."""
        return int(self.get("lost", 0))

    @property
    def leased_until(self) -> int:
        """Seconds since 1970, 0 without a claim."""
        return int(self.get("lease_until", 0))

    @property
    def received(self) -> str:
        """When it was recorded."""
        received: str = self["received_at"]
        return received

    @property
    def is_broken(self) -> bool:
        """Whether a job could not read it."""
        return "error" in self

    @property
    def is_complete(self) -> bool:
        """Whether every table has its rows."""
        return all(self.has_rows(dataset) for dataset in DATASETS)

    def has_rows(self, dataset: str) -> bool:
        """Whether this dataset's job has committed."""
        return filled(ROWS, dataset=dataset) in self

    @property
    def is_new(self) -> bool:
        """Whether it waits, and no run holds it or has held it since it was put there."""
        return self.state == RECEIVED and self.run is None

    def is_held_by(self, run_id: str) -> bool:
        """Whether this run has claimed it."""
        return self.state == CLAIMED and self.run == run_id

    def is_free(self, now: float) -> bool:
        """Whether anybody may claim it."""
        return self.state == RECEIVED or self.leased_until < now

    def place(self) -> Place:
        """What a reader needs of it, as plain values."""
        return {
            "bucket": self["bucket"],
            "key": self["key"],
            "version_id": self.get("version_id") or "",
            "etag": self.get("etag") or "",
            "size": int(self.get("size", 0)),
            "generation": self["generation"],
            "attempt": self.attempts,
            "lost": self.losses,
        }


class Files:
    """Reads and writes of files. `table` is a `Table`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def id_of(self, file: Mapping[str, Any]) -> str:
        """Its id, whatever the key is called."""
        return str(file[self._table.hash_key])

    def get(self, file_id: str) -> File | None:
        """The file, or None."""
        item = self._table.get(file_id)
        return None if item is None else File(item)

    def pending(self, limit: int | None = None) -> Iterator[list[File]]:
        """Pages of files that wait or are claimed, oldest generation first."""
        for page in self._table.pages("pending", PENDING, limit):
            yield [File(item) for item in page]

    def take(
        self, file_id: str, run_id: str, owner: str, until: float, now: float, tries: int = 1, lost: int | None = None
    ) -> File | None:
        """Claim what is free, or what its owner has let expire; the file, or None."""
        more = {} if lost is None else {"lost": lost}
        values = self._claim(owner, until, now)
        return self._file("take", file_id, {**values, "run_id": run_id, "now": int(now), "tries": tries, **more})

    def renew(self, file_id: str, run_id: str, owner: str, until: float, now: float) -> File | None:
        """Hold on to what the run has claimed already; the file, or None."""
        return self._file("renew", file_id, {**self._claim(owner, until, now), "run_id": run_id})

    @staticmethod
    def _claim(owner: str, until: float, now: float) -> dict[str, Any]:
        return {"owner": owner, "until": int(until), "at": schema.iso_utc(now)}

    def commit(self, file_id: str, run_id: str, dataset: str, report: Mapping[str, Any]) -> File | None:
        """One table has its rows; the file, or None when the claim was lost."""
        values = {"run_id": run_id, "rows": report["rows"], "records": report["records_in"]}
        values.update(quarantined=report["quarantined"], dataset=report["dataset"])
        if report.get("error"):  # one that another dataset has met stays
            values["error"] = report["error"]
        return self._file("commit", file_id, values, parts={"dataset": dataset})

    def end(self, file: File, run_id: str, now: float) -> bool:
        """Every job has looked at it."""
        values = {"run_id": run_id, "at": schema.iso_utc(now)}
        return self._table.update("fail" if file.is_broken else "process", self.id_of(file), values, now)

    def lose(self, file_id: str, run_id: str, lost: int, attempt: int) -> bool:
        """A reader was lost at it."""
        return self._table.update("lose", file_id, {"run_id": run_id, "lost": lost, "attempt": attempt})

    def give_up(self, file_id: str, run_id: str | None, lost: int, now: float) -> bool:
        """It has cost its last reader. Without a run: somebody else's, or nobody's, claim on it is over."""
        error = f"reader_lost: the process that read it died {lost} times (out of memory, or killed)"
        holder = {"now": int(now)} if run_id is None else {"run_id": run_id}
        values = {"error": error, "lost": lost, "at": schema.iso_utc(now), **holder}
        return self._table.update("give_up_free" if run_id is None else "give_up", file_id, values, now)

    def give_back(self, file_id: str, run_id: str) -> bool:
        """The run has not finished it."""
        return self._table.update("give_back", file_id, {"run_id": run_id})

    def give_back_unread(self, file_id: str, run_id: str, tries: int) -> bool:
        """It was claimed but not looked at, and does not count as tried."""
        return self._table.update("give_back_unread", file_id, {"run_id": run_id, "tries": tries})

    def _file(
        self, name: str, file_id: str, values: dict[str, Any], parts: Mapping[str, Any] | None = None
    ) -> File | None:
        item = self._table.changed(name, file_id, values, parts=parts)
        return None if item is None else File(item)


Event = Any  # with `bucket`, `key`, `generation`, `file_id` and EVENT
Run = dict[str, Any]  # of events: `events`, and `rep`, the one that is its generation
EVENT = ("sequencer", "event_ms", "etag", "size", "version_id")


class Arrivals:
    """Heads of keys, and the files that are born of events. An event has `bucket`, `key`, `generation` and EVENT."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def head(self, bucket: str, key: str) -> tuple[list[Run], int]:
        """(history, version) of a key: runs of events as {EVENT: …}; ([], 0) of a new one."""
        item = self._table.get(schema.item_id("head", bucket=bucket, key=key))
        return ([], 0) if item is None else ([_loaded(run) for run in item["history"]], int(item["version"]))

    def write(self, runs: list[Run], remembered: list[Run], born: list[Event], seen: int, now: float) -> None:
        """The head of a key, if it is still as it was seen, and its new files, at once.

        A file may stand in the ledger already when its head was trimmed or lost.
        """
        absent = [event for event in born if self._table.get(event.file_id) is None]
        self._table.put([self._head(runs, remembered, seen), *(self._record(event, now) for event in absent)])

    def _head(self, runs: list[Run], remembered: list[Run], seen: int) -> dict[str, Any]:
        latest, last = runs[-1]["rep"], runs[-1]["events"][-1]
        values = {
            **{name: getattr(last, name) for name in EVENT},
            "sequencer": schema.padded("sequencer", last.sequencer),
            "version": seen + 1,
            "latest_file_id": latest.file_id,
            "generation_sequencer": schema.padded("sequencer", latest.sequencer),
            "history": [_dumped(run) for run in remembered],
        }
        head_id = schema.item_id("head", bucket=last.bucket, key=last.key)
        if seen:
            return self._table.put_request("head_next", head_id, values, seen=seen)
        return self._table.put_request("head_first", head_id, values)

    def _record(self, event: Event, now: float) -> dict[str, Any]:
        values = {
            "generation": event.generation,
            "bucket": event.bucket,
            "key": event.key,
            "etag": event.etag,
            "size": event.size,
            "sequencer": schema.padded("sequencer", event.sequencer),
            "dataset": guess_dataset(event.key),
            "received_at": schema.iso_utc(now),
            **({"version_id": event.version_id} if event.version_id else {}),
        }
        return self._table.put_request("record", event.file_id, values)


def guess_dataset(key: str) -> str:
    """A first guess from the name; Bronze corrects it from the content."""
    name = key.rsplit("/", 1)[-1].lower()
    return next((word for word in schema.SCHEMA["first_guesses"] if word in name), "unknown")


def _dumped(run: Run) -> dict[str, Any]:
    """`first`, and `last`, `rep` and the others where they differ from it: most runs are one event."""
    first, last, rep = run["events"][0], run["events"][-1], run["rep"]
    named = {"first": first, **({"last": last} if last != first else {}), **({"rep": rep} if rep != first else {})}
    item = {name: _event(event) for name, event in named.items()}
    others = [_event(event) for event in run["events"] if event not in (first, last, rep)]
    return {**item, **({"others": others} if others else {})}


def _event(event: Event) -> dict[str, Any]:
    return {name: getattr(event, name) for name in EVENT}


def _loaded(run: dict[str, Any]) -> Run:
    """Its events in no order, and the one that is its generation."""
    events = [run[name] for name in ("first", "last", "rep") if name in run] + list(run.get("others", []))
    return {"events": events, "rep": run.get("rep") or run["first"]}
