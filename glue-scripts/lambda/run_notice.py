"""Whether somebody was told how a run went: a mark on the run's item in the ledger, so that it is said once."""

from collections.abc import Callable

from metriccare_ledger.notes import Reading, Runs
from metriccare_ledger.table import Table


class RunNotices:
    """The marks. `table` is the ledger's."""

    def __init__(self, table: Table, clock: Callable[[], float]) -> None:
        self._table = table
        self._runs = Runs(table)
        self._clock = clock

    def mark(self, run_id: str, verdict: str) -> int | None:
        """How many files the run had, now that it is marked; None when somebody has told already."""
        return self._runs.tell(run_id, verdict, self._clock())

    def unmark(self, run_id: str) -> None:
        """Nobody was told after all."""
        self._runs.untell(run_id)

    def marked(self, run_id: str) -> bool:
        """Whether somebody was told."""
        return self._runs.is_told(run_id)

    def failed_files(self, run_id: str) -> int:
        """How many files ended as `failed` in the run: counted by its Bronze jobs, one file a count."""
        return Reading(self._table, run_id).failed()
