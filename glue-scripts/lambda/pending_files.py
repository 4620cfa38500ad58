"""The ledger's files that wait or are claimed, read through the sparse index."""

from collections.abc import Callable, Iterator

from metriccare_ledger.files import File, Files
from metriccare_ledger.table import Table


class PendingFiles:
    """Reads them and gives them back. `table` is the ledger's."""

    def __init__(self, table: Table, clock: Callable[[], float]) -> None:
        self._files = Files(table)
        self._clock = clock

    def all(self) -> Iterator[File]:
        """Files that wait or are claimed, oldest generation first."""
        for page in self._files.pending():
            yield from page

    def waiting(self, max_attempt: int, since: str = "") -> bool:
        """True when a run would find a file that was claimed at most `max_attempt` times and received after `since`."""
        return any(
            file.attempts <= max_attempt and file.received > since and file.is_free(self._clock())
            for file in self.all()
        )

    def were_put_back(self) -> bool:
        """True when a file waits that no run holds or has held."""
        return any(file.is_new for file in self.all())

    def release(self, file: File, run_id: str) -> bool:
        """Back to where it waits, if this run still holds it."""
        return file.is_held_by(run_id) and self._files.give_back(self._files.id_of(file), run_id)
