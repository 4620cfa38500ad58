"""Items beside the files: what a run froze and how it went, what its readers are at, whose turn it is."""

from collections.abc import Iterable

from metriccare_ledger import schema
from metriccare_ledger.table import Table


class Runs:
    """A run's item. `table` is a `Table`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def frozen(self, run_id: str) -> list[str] | None:
        """Ids of the files that a run froze, or None."""
        item = self._table.get(schema.item_id("run", run_id=run_id))
        return None if item is None or "files" not in item else list(item["files"])

    def freeze(self, run_id: str, file_ids: list[str], now: float) -> bool:
        """False when another job of the run has decided already."""
        values = {"run_id": run_id, "files": file_ids, "at": schema.iso_utc(now)}
        return self._table.update("freeze", schema.item_id("run", run_id=run_id), values, now)

    def tell(self, run_id: str, verdict: str, now: float) -> int | None:
        """How many files the run froze, once; None when somebody has told already."""
        values = {"run_id": run_id, "verdict": verdict, "at": schema.iso_utc(now)}
        item = self._table.changed("tell", schema.item_id("run", run_id=run_id), values, now)
        return None if item is None else len(item.get("files", []))

    def untell(self, run_id: str) -> None:
        """Nobody was told after all."""
        self._table.update("untell", schema.item_id("run", run_id=run_id), {})

    def is_told(self, run_id: str) -> bool:
        """Whether somebody was told."""
        return "notified_at" in (self._table.get(schema.item_id("run", run_id=run_id)) or {})


class Reading:
    """What a run's readers are at."""

    def __init__(self, table: Table, run_id: str) -> None:
        self._table, self._id = table, schema.item_id("reading", run_id=run_id)

    def marks(self, dataset: str | None = None) -> dict[str, str]:
        """{slot: file id} of the tasks of a dataset's job, or of all."""
        item = self._table.get(self._id) or {}
        return {name: item[name] for name in item if schema.is_slot(name, dataset)}

    def mark(self, slot: str, file_id: str, now: float) -> None:
        """Said before the first byte is asked for."""
        self._table.update("mark", self._id, {"file": file_id}, now, {"slot": slot})

    def unmark(self, slot: str) -> None:
        """Nothing is being read there."""
        self._table.update("unmark", self._id, {}, parts={"slot": slot})

    def clear(self, slots: Iterable[str]) -> None:
        """None of these tasks is at work."""
        if slots:
            self._table.update("clear_marks", self._id, {}, parts={"slots": list(slots)})

    def count_failed(self, now: float) -> None:
        """For the message at the end of the run."""
        self._table.update("count_failed", self._id, {"one": 1}, now)

    def failed(self) -> int:
        """How many files failed in the run, one file a count."""
        return int((self._table.get(self._id) or {}).get("failed_files", 0))


class Turn:
    """One empties the queue at a time."""

    def __init__(self, table: Table) -> None:
        self._table, self._id = table, schema.item_id("drain")

    def take(self, chain: str, link: int, until: float, now: float) -> bool:
        """Whether this link of this chain may, and no other call that is the same link."""
        values = {"chain": chain, "link": link, "until": int(until), "now": int(now)}
        return self._table.update("take_turn", self._id, values)

    def give(self, chain: str) -> None:
        """The chain is at its end."""
        self._table.update("give_turn", self._id, {"chain": chain})


class Window:
    """One waits for a burst of files to end."""

    def __init__(self, table: Table) -> None:
        self._table, self._id = table, schema.item_id("window")

    def read(self) -> tuple[int | None, int]:
        """(until, last arrival in milliseconds); (None, 0) when there was no window yet."""
        item = self._table.get(self._id) or {}
        return item.get("lease_until"), int(item.get("last_ms", 0))

    def open(self, seen: int | None, until: float, now_ms: int) -> bool:
        """Whether it is this caller who opens it. `seen` is what `read` said of the one before."""
        values = {"until": int(until), "now_ms": now_ms}
        if seen is None:
            return self._table.update("open_window", self._id, values)
        return self._table.update("reopen_window", self._id, {**values, "seen": seen})

    def note(self, now_ms: int) -> None:
        """A further file of it."""
        self._table.update("note_arrival", self._id, {"now_ms": now_ms})

    def close(self) -> None:
        """Who comes from now on opens the next."""
        self._table.update("close_window", self._id, {})
