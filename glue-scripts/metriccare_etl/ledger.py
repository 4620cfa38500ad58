"""The claiming half of the ledger: a run freezes its set of files once, and marks what is committed.

Conditional writes only (`metriccare_ledger`). A run's first Bronze job claims what is pending and writes the run's
item; the others read it, so all see the same files. A file is `processed` when every dataset has committed its rows of
it. The receiving half is the Lambda's (`glue-scripts/lambda/ledger_receive.py`).
"""

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from metriccare_etl.claimed import Report
from metriccare_etl.lost import LostReaders
from metriccare_etl.stopwatch import Stopwatch
from metriccare_ledger import notes, schema
from metriccare_ledger.files import CLAIMED, RECEIVED, File, Files
from metriccare_ledger.table import Table

A = TypeVar("A")
R = TypeVar("R")
DATASETS = schema.DATASETS
LEASE_SECONDS = 3600
FILE_LIST_BYTES = 250_000  # an item may hold 400 KB
THREADS = 8


class Ledger(LostReaders):
    """The ledger as one Bronze job of one run sees it. `table` is a boto3 Table resource."""

    def __init__(
        self,
        table: Any,
        run_id: str,
        owner: str,
        hash_key: str = schema.HASH_KEY,
        ttl: tuple[str, int] | None = None,
        clock: Callable[[], float] = time.time,
        watch: Stopwatch | None = None,
    ) -> None:
        # the resource's own client takes Python values, and is safe across threads; `ttl` is (attribute, days) or None
        self._table = Table(table.meta.client, table.name, hash_key, ttl, plain=True)
        self._files = Files(self._table)
        self._runs = notes.Runs(self._table)
        self._run_id = run_id
        self._owner = owner
        self._clock = clock
        self._watch = watch or Stopwatch()
        self._forget_losses()

    # --- freezing ---

    def freeze(self, limit: int) -> list[File]:
        """The files of this run that it may read now. The first caller of a run decides the set."""
        with self._watch.time("planning"):
            file_ids = self._runs.frozen(self._run_id)
        claimed: dict[str, File] = {}
        if file_ids is None:
            file_ids, claimed = self._freeze_now(limit)
        with self._watch.time("claiming"):
            held = self._each(lambda file_id: claimed.get(file_id) or self._hold(file_id), file_ids)
        return [file for file in held if file]

    def _freeze_now(self, limit: int) -> tuple[list[str], dict[str, File]]:
        """The run's file ids, and those files that this job has claimed a moment ago."""
        claimed = {self._files.id_of(file): file for file in self._claim_pending(limit)}
        file_ids = list(claimed)
        if self._runs.freeze(self._run_id, file_ids, self._clock()):
            return file_ids, claimed
        winner = self._runs.frozen(self._run_id) or []
        beyond = [file_id for file_id in claimed if file_id not in set(winner)]
        self._each(self._give_back_unread, beyond)
        return winner, claimed

    def _claim_pending(self, limit: int) -> list[File]:
        """Claim what is pending, oldest generation first, up to `limit` files and what one run's item can hold."""
        claimed: list[File] = []
        size = 0
        for batch in self._pending_batches():
            room = batch[: limit - len(claimed)]
            with self._watch.time("claiming"):
                taken = self._each(self._claim, [file for file in room if self._worth_a_try(file)])
            for file in taken:
                if file:
                    claimed.append(file)
                    size += len(self._files.id_of(file).encode()) + 3
            if len(claimed) >= limit or size >= FILE_LIST_BYTES:
                return claimed
        return claimed

    def _pending_batches(self, size: int = 100) -> Iterator[list[File]]:
        pages = self._files.pending(size)
        while True:
            with self._watch.time("planning"):
                page = next(pages, None)
            if page is None:
                return
            now = self._clock()
            # what a claim would not be refused for, as far as the index knows
            yield [file for file in page if file.run == self._run_id or file.is_free(now)]

    def _hold(self, file_id: str) -> File | None:
        """The file, if this run holds it or can take it again; None when it is finished or another run's."""
        file = self._files.get(file_id)
        if file is None or file.state not in (RECEIVED, CLAIMED):
            return None
        if file.is_held_by(self._run_id) and file.leased_until > self._clock() + LEASE_SECONDS / 2:
            return file
        return self._claim(file)

    def _claim(self, file: File) -> File | None:
        """The file as this run holds it, or None. `file` is what the index or a read said of it, maybe outdated.

        The run's other jobs claim the same files at the same moment: what one of them has taken is renewed.
        """
        file_id = self._files.id_of(file)
        mine = file.is_held_by(self._run_id)
        for attempt in (self._renew, self._take, self._renew) if mine else (self._take, self._renew):
            held = attempt(file_id)
            if held is not None:
                return held
        return None

    def _take(self, file_id: str) -> File | None:
        """Claim what is free, or what its owner has let expire; counts as an attempt."""
        now = self._clock()
        tries, lost = self._tries.get(file_id, (1, None))
        return self._files.take(file_id, self._run_id, self._owner, int(now) + LEASE_SECONDS, now, tries, lost)

    def _renew(self, file_id: str) -> File | None:
        """Hold on to what this run has claimed already."""
        now = self._clock()
        return self._files.renew(file_id, self._run_id, self._owner, int(now) + LEASE_SECONDS, now)

    # --- finishing ---

    def finish(self, file_id: str, dataset: str, report: Report) -> bool:
        """Say that this dataset's rows of the file are committed; the last of the three ends the file.

        `report` has rows, records_in, quarantined, dataset and error (set when nothing of the file can be read). False
        when the claim was lost meanwhile: nothing is wrong then, the rows are keyed so that the new owner writes the
        same ones.
        """
        file = self._files.commit(file_id, self._run_id, dataset, report)
        if file is None:
            return False
        self.end_if_complete(file)
        return True

    def finish_all(self, reports: dict[str, Report], dataset: str) -> int:
        """`finish` for {file_id: report}; returns how many claims were lost meanwhile."""
        done = self._each(lambda pair: self.finish(pair[0], dataset, pair[1]), reports.items())
        return done.count(False)

    def end_if_complete(self, file: File) -> bool:
        """Mark a file processed or failed once all datasets stand in its item; True when it is at its end.

        An error that one dataset has met stays: a file of which one table lacks the rows is not processed.
        """
        file = File(file)
        if not file.is_complete:
            return False
        ended = self._files.end(file, self._run_id, self._clock())
        if ended and file.is_broken:
            self._count_failed()
        return ended

    def release(self, files: Iterable[File]) -> None:
        """Give back what this run still holds: for a job that runs alone, at its end."""
        self._each(lambda file: self._files.give_back(self._files.id_of(file), self._run_id), files)

    def _give_back_unread(self, file_id: str) -> None:
        tries, _ = self._tries.get(file_id, (1, None))
        self._files.give_back_unread(file_id, self._run_id, tries)

    def _each(self, work: Callable[[A], R], things: Iterable[A]) -> list[R]:
        """The same for many items, a few at a time: each costs a round trip."""
        things = list(things)
        if len(things) < 2:
            return [work(thing) for thing in things]
        with ThreadPoolExecutor(THREADS) as pool:
            return list(pool.map(work, things))
