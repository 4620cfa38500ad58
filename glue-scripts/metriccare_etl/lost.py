"""The ledger's account of readers that were lost: which file they died at, and what that costs which file."""

import re
from datetime import datetime, timezone

from metriccare_etl.readers import TRIES, reading_id

SLOT = re.compile(r"(patient|encounter|condition)_\d+$")
HELD = "#status = :claimed AND #run = :run"
FREE = "#status = :received OR (#status = :claimed AND #until < :now)"


def iso_utc(moment):
    """ISO-8601 UTC with milliseconds."""
    return datetime.fromtimestamp(moment, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


class LostReaders:
    """Part of `Ledger`: what the marks of readers (`readers.py`) say, told to the files."""

    def _forget_losses(self):
        self._marks_of = {}  # of runs before this one
        self._tries = {}  # {file_id: (attempts to add, readers lost)} where that is not (1, as before)
        self.readers_lost = 0
        self.given_up = 0

    def _worth_a_try(self, item):
        """Settles what the run before has left of an item: who was read when a reader died, and who was not.

        Nobody may have been left to say so: a worker, the script and Spark itself are killed alike. A file that is not
        named by what is left was only beside it, and is not charged with that try.
        """
        before = item.get("run_id")
        if not before or before == self._run_id:
            return True
        named = self._left_by(before)
        if not named:
            return True
        file_id = item[self._hash_key]
        if file_id not in named:
            self._tries[file_id] = (0, None)
            return True
        lost = int(item.get("lost", 0)) + 1
        self._tries[file_id] = (1, lost)
        self.readers_lost += 1
        return lost < TRIES or not self._give_up(file_id, lost, FREE)

    def _left_by(self, run_id):
        """Files that readers of another run died at."""
        if run_id not in self._marks_of:
            item = self._get(reading_id(run_id)) or {}
            self._marks_of[run_id] = {item[name] for name in item if SLOT.match(name)}
        return self._marks_of[run_id]

    def marks(self, dataset):
        """{slot: file_id} that tasks of this job have said they read."""
        item = self._get(reading_id(self._run_id)) or {}
        return {name: item[name] for name in item if SLOT.match(name) and name.startswith(f"{dataset}_")}

    def clear_marks(self, dataset):
        """None of this job's tasks is at work."""
        names = {f"#s{at}": name for at, name in enumerate(self.marks(dataset))}
        if names:
            update = "REMOVE " + ", ".join(names)
            self._update(
                reading_id(self._run_id), update, "attribute_exists(#id)", {**names, "#id": self._hash_key}, {}
            )

    def after_a_crash(self, files, dataset):
        """The files that are still to be read: an earlier try of this same job may have died at some of them."""
        named = set(self.marks(dataset).values())
        for file in files if named else []:
            if file["file_id"] in named:
                file["lost"] += 1
                self.lose(file)
        self.clear_marks(dataset)
        return [file for file in files if file["lost"] < TRIES]

    def lose(self, file):
        """A reader was lost at this file: it has one try less. `file` counts as this job has seen it."""
        self.readers_lost += 1
        file["attempt"] += 1
        if file["lost"] >= TRIES:
            return self._give_up(file["file_id"], file["lost"], HELD)
        update = "SET #lost = :lost, #attempt = :attempt"
        names = {"#status": "status", "#run": "run_id", "#lost": "lost", "#attempt": "attempt"}
        values = {":claimed": "claimed", ":run": self._run_id, ":lost": file["lost"], ":attempt": file["attempt"]}
        # the run's other jobs read it too, and may have lost a reader at the same try
        fewer = f"{HELD} AND (attribute_not_exists(#lost) OR #lost < :lost)"
        return self._update(file["file_id"], update, fewer, names, values) is not None

    def _give_up(self, file_id, lost, condition):
        """Failed: it has cost its last reader."""
        now = self._clock()
        update = "SET #status = :failed, #error = :error, #lost = :lost, #at = :at"
        names = {"#status": "status", "#error": "error", "#lost": "lost", "#at": "processed_at", "#run": "run_id"}
        names.update({"#pending": "pending", "#owner": "lease_owner", "#until": "lease_until"})
        values = {
            ":failed": "failed",
            ":error": f"reader_lost: the process that read it died {lost} times (out of memory, or killed)",
            ":lost": lost,
            ":at": iso_utc(now),
            ":claimed": "claimed",
            ":received": "received",
            ":run": self._run_id,
            ":now": int(now),
        }
        if self._ttl:
            update += ", #ttl = :ttl"
            names["#ttl"], values[":ttl"] = self._ttl[0], self._expiry(now)
        given_up = (
            self._update(file_id, f"{update} REMOVE #pending, #owner, #until", condition, names, values) is not None
        )
        self.given_up += given_up
        if given_up:
            self._count_failed()
        return given_up

    def _count_failed(self):
        """For the message at the end of the run: how many files failed in it."""
        names, values = {"#id": self._hash_key, "#failed": "failed_files"}, {":one": 1}
        update = "ADD #failed :one"
        if self._ttl:
            update = f"SET #ttl = :ttl {update}"
            names["#ttl"], values[":ttl"] = self._ttl[0], self._expiry(self._clock())
        # the condition always holds: a key cannot be changed
        self._update(
            reading_id(self._run_id), update, "attribute_exists(#id) OR attribute_not_exists(#id)", names, values
        )
