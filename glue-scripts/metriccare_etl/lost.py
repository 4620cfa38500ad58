"""The ledger's account of readers that were lost: which file they died at, and what that costs which file."""

from collections.abc import Callable

from metriccare_etl.claimed import Claimed
from metriccare_etl.readers import TRIES
from metriccare_ledger.files import File, Files
from metriccare_ledger.notes import Reading
from metriccare_ledger.table import Table


class LostReaders:
    """Part of `Ledger`: what the marks of readers (`readers.py`) say, told to the files."""

    _table: Table
    _files: Files
    _run_id: str
    _clock: Callable[[], float]

    def _forget_losses(self) -> None:
        self._marks_of: dict[str, set[str]] = {}  # of runs before this one
        # {file_id: (attempts to add, readers lost)} where that is not (1, as before)
        self._tries: dict[str, tuple[int, int | None]] = {}
        self._reading = Reading(self._table, self._run_id)
        self.readers_lost = 0
        self.given_up = 0

    def _worth_a_try(self, file: File) -> bool:
        """Settles what the run before has left of a file: who was read when a reader died, and who was not.

        Nobody may have been left to say so: a worker, the script and Spark itself are killed alike. A file that is not
        named by what is left was only beside it, and is not charged with that try.
        """
        before = file.run
        if not before or before == self._run_id:
            return True
        named = self._left_by(before)
        if not named:
            return True
        file_id = self._files.id_of(file)
        if file_id not in named:
            self._tries[file_id] = (0, None)
            return True
        lost = file.losses + 1
        self._tries[file_id] = (1, lost)
        self.readers_lost += 1
        return lost < TRIES or not self._give_up(file_id, lost)

    def _left_by(self, run_id: str) -> set[str]:
        """Files that readers of another run died at."""
        if run_id not in self._marks_of:
            self._marks_of[run_id] = set(Reading(self._table, run_id).marks().values())
        return self._marks_of[run_id]

    def marks(self, dataset: str) -> dict[str, str]:
        """{slot: file_id} that tasks of this job have said they read."""
        return self._reading.marks(dataset)

    def clear_marks(self, dataset: str) -> None:
        """None of this job's tasks is at work."""
        self._reading.clear(self.marks(dataset))

    def after_a_crash(self, files: list[Claimed], dataset: str) -> list[Claimed]:
        """The files that are still to be read: an earlier try of this same job may have died at some of them."""
        named = set(self.marks(dataset).values())
        for file in files if named else []:
            if file["file_id"] in named:
                file["lost"] += 1
                self.lose(file)
        self.clear_marks(dataset)
        return [file for file in files if file["lost"] < TRIES]

    def lose(self, file: Claimed) -> bool:
        """A reader was lost at this file: it has one try less. `file` counts as this job has seen it."""
        self.readers_lost += 1
        file["attempt"] += 1
        if file["lost"] >= TRIES:
            return self._give_up(file["file_id"], file["lost"], self._run_id)
        # the run's other jobs read it too, and may have lost a reader at the same try: that is counted once
        return self._files.lose(file["file_id"], self._run_id, file["lost"], file["attempt"])

    def _give_up(self, file_id: str, lost: int, run_id: str | None = None) -> bool:
        """Failed: it has cost its last reader."""
        given_up = self._files.give_up(file_id, run_id, lost, self._clock())
        self.given_up += given_up
        if given_up:
            self._count_failed()
        return given_up

    def _count_failed(self) -> None:
        """For the message at the end of the run: how many files failed in it."""
        self._reading.count_failed(self._clock())
