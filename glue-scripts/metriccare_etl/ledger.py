"""The claiming half of the ledger: a run freezes its set of files once, and marks what is committed.

Conditional writes only. A run's first Bronze job claims what is pending and writes `RUN#<run id>`; the others read it,
so all see the same files. A file is `processed` when every dataset has committed its rows of it. The receiving half is
the Lambda's (`glue-scripts/lambda/ledger_receive.py`).
"""

import re
import time
from concurrent.futures import ThreadPoolExecutor

from boto3.dynamodb.conditions import Key
from botocore.exceptions import ClientError

from metriccare_etl.lost import FREE, HELD, LostReaders, iso_utc
from metriccare_etl.stopwatch import Stopwatch

DATASETS = ("patient", "encounter", "condition")
LEASE_SECONDS = 3600
FILE_LIST_BYTES = 250_000  # an item may hold 400 KB
THREADS = 8


class Ledger(LostReaders):
    """The ledger as one Bronze job of one run sees it. `table` is a boto3 Table resource."""

    def __init__(self, table, run_id, owner, hash_key="file_id", ttl=None, clock=time.time, watch=None):
        self._client = table.meta.client  # takes Python values like the resource, and is safe across threads
        self._table_name = table.name
        self._run_id = run_id
        self._owner = owner
        self._hash_key = hash_key
        self._ttl = ttl  # (attribute, days) or None
        self._clock = clock
        self._watch = watch or Stopwatch()
        self._forget_losses()

    # --- freezing ---

    def freeze(self, limit):
        """The FILE items of this run that it may read now. The first caller of a run decides the set."""
        with self._watch.time("planning"):
            file_ids = self._frozen()
        claimed = {}
        if file_ids is None:
            file_ids, claimed = self._freeze_now(limit)
        with self._watch.time("claiming"):
            held = self._each(lambda file_id: claimed.get(file_id) or self._hold(file_id), file_ids)
        return [item for item in held if item]

    def _frozen(self):
        item = self._get(f"RUN#{self._run_id}")
        return None if item is None or "files" not in item else list(item["files"])

    def _freeze_now(self, limit):
        """The run's file ids, and the items of those that this job has claimed a moment ago."""
        claimed = {item[self._hash_key]: item for item in self._claim_pending(limit)}
        file_ids = list(claimed)
        now = self._clock()
        values = {":run": self._run_id, ":files": file_ids, ":entity": "RUN", ":at": iso_utc(now)}
        update = "SET #run = :run, #files = :files, #entity = :entity, #at = :at"
        names = {"#run": "run_id", "#files": "files", "#entity": "entity", "#at": "received_at"}
        if self._ttl:
            update += ", #ttl = :ttl"
            names["#ttl"], values[":ttl"] = self._ttl[0], self._expiry(now)
        if self._update(f"RUN#{self._run_id}", update, "attribute_not_exists(#files)", names, values) is not None:
            return file_ids, claimed
        winner = self._frozen() or []
        beyond = [item for file_id, item in claimed.items() if file_id not in set(winner)]
        self._each(lambda item: self._give_back(item, unread=True), beyond)
        return winner, claimed

    def _claim_pending(self, limit):
        """Claim what is pending, oldest generation first, up to `limit` files and what one RUN item can hold."""
        claimed, size = [], 0
        for batch in self._pending_batches():
            room = batch[: limit - len(claimed)]
            with self._watch.time("claiming"):
                taken = self._each(self._claim, [item for item in room if self._worth_a_try(item)])
            for item in taken:
                if item:
                    claimed.append(item)
                    size += len(item[self._hash_key].encode()) + 3
            if len(claimed) >= limit or size >= FILE_LIST_BYTES:
                return claimed
        return claimed

    def _pending_batches(self, size=100):
        query = {
            "TableName": self._table_name,
            "IndexName": "pending",
            "KeyConditionExpression": Key("pending").eq("1"),
            "Limit": size,
        }
        while True:
            with self._watch.time("planning"):
                page = self._client.query(**query)
            now = self._clock()
            yield [item for item in page["Items"] if self._open(item, now)]
            if "LastEvaluatedKey" not in page:
                return
            query["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _open(self, item, now):
        """What a claim would not be refused for, as far as the index knows."""
        mine = item.get("run_id") == self._run_id
        return item["status"] == "received" or mine or int(item.get("lease_until", 0)) < now

    def _hold(self, file_id):
        """The item, if this run holds it or can take it again; None when it is finished or another run's."""
        item = self._get(file_id)
        if item is None or item["status"] not in ("received", "claimed"):
            return None
        fresh = int(item.get("lease_until", 0)) > self._clock() + LEASE_SECONDS / 2
        if item["status"] == "claimed" and item["run_id"] == self._run_id and fresh:
            return item
        return self._claim(item)

    def _claim(self, item):
        """The item as this run holds it, or None. `item` is what the index or a read said of it, maybe outdated.

        The run's other jobs claim the same files at the same moment: what one of them has taken is renewed.
        """
        mine = item["status"] == "claimed" and item.get("run_id") == self._run_id
        file_id = item[self._hash_key]
        for attempt in (self._renew, self._take, self._renew) if mine else (self._take, self._renew):
            held = attempt(file_id)
            if held is not None:
                return held
        return None

    def _take(self, file_id):
        """Claim what is free, or what its owner has let expire; counts as an attempt."""
        update = "SET #status = :claimed, #run = :run, #owner = :owner, #until = :until, #at = :at"
        names, values = self._claiming()
        values[":one"], lost = self._tries.get(file_id, (1, None))
        if lost is not None:
            update, names["#lost"], values[":lost"] = update + ", #lost = :lost", "lost", lost
        return self._update(file_id, update + " ADD #attempt :one", FREE, names, values)

    def _renew(self, file_id):
        """Hold on to what this run has claimed already."""
        update = "SET #owner = :owner, #until = :until, #at = :at"
        return self._update(file_id, update, HELD, *self._claiming())

    def _claiming(self):
        now = int(self._clock())
        names = {
            "#status": "status",
            "#run": "run_id",
            "#owner": "lease_owner",
            "#until": "lease_until",
            "#at": "claimed_at",
            "#attempt": "attempt",
        }
        values = {
            ":claimed": "claimed",
            ":received": "received",
            ":run": self._run_id,
            ":owner": self._owner,
            ":until": now + LEASE_SECONDS,
            ":at": iso_utc(now),
            ":now": now,
            ":one": 1,
        }
        return names, values

    # --- finishing ---

    def finish(self, file_id, dataset, report):
        """Say that this dataset's rows of the file are committed; the last of the three ends the file.

        `report` has rows, records_in, quarantined, dataset and error (set when nothing of the file can be read). False
        when the claim was lost meanwhile: nothing is wrong then, the rows are keyed so that the new owner writes the
        same ones.
        """
        names = {
            "#status": "status",
            "#run": "run_id",
            "#rows": f"rows_{dataset}",
            "#in": "records_in",
            "#bad": "records_quarantined",
            "#dataset": "dataset",
        }
        values = {
            ":claimed": "claimed",
            ":run": self._run_id,
            ":rows": report["rows"],
            ":in": report["records_in"],
            ":bad": report["quarantined"],
            ":dataset": report["dataset"],
        }
        update = "SET #rows = :rows, #in = :in, #bad = :bad, #dataset = :dataset"
        names["#error"] = "error"
        if report.get("error"):
            update, values[":error"] = update + ", #error = :error", report["error"]
        # an error that another dataset has met stays: a file of which one table lacks the rows is not processed
        item = self._update(file_id, update, HELD, names, values)
        if item is None:
            return False
        self.end_if_complete(item)
        return True

    def finish_all(self, reports, dataset):
        """`finish` for {file_id: report}; returns how many claims were lost meanwhile."""
        done = self._each(lambda pair: self.finish(pair[0], dataset, pair[1]), reports.items())
        return done.count(False)

    def end_if_complete(self, item):
        """Mark a file processed or failed once all datasets stand in its item; True when it is at its end."""
        if not all(f"rows_{dataset}" in item for dataset in DATASETS):
            return False
        failed = "error" in item
        now = self._clock()
        update = "SET #status = :status, #at = :at"
        remove = " REMOVE #pending, #owner, #until"
        names = {
            "#status": "status",
            "#at": "processed_at",
            "#run": "run_id",
            "#pending": "pending",
            "#owner": "lease_owner",
            "#until": "lease_until",
        }
        values = {
            ":status": "failed" if failed else "processed",
            ":at": iso_utc(now),
            ":claimed": "claimed",
            ":run": self._run_id,
        }
        if self._ttl:
            update += ", #ttl = :ttl"
            names["#ttl"], values[":ttl"] = self._ttl[0], self._expiry(now)
        ended = self._update(item[self._hash_key], update + remove, HELD, names, values) is not None
        if ended and failed:
            self._count_failed()
        return ended

    def release(self, items):
        """Give back what this run still holds: for a job that runs alone, at its end."""
        self._each(self._give_back, items)

    def _give_back(self, item, unread=False):
        """Back to `received`. A file that was claimed but not looked at does not count as tried."""
        update = "SET #status = :received REMOVE #owner, #until"
        names = {"#status": "status", "#run": "run_id", "#owner": "lease_owner", "#until": "lease_until"}
        values = {":received": "received", ":claimed": "claimed", ":run": self._run_id}
        if unread:
            update = "SET #status = :received, #attempt = #attempt - :one REMOVE #owner, #until"
            names["#attempt"], values[":one"] = "attempt", self._tries.get(item[self._hash_key], (1, None))[0]
        return self._update(item[self._hash_key], update, HELD, names, values)

    # --- DynamoDB ---

    def _get(self, item_id):
        key = {self._hash_key: item_id}
        return self._client.get_item(TableName=self._table_name, Key=key, ConsistentRead=True).get("Item")

    def _update(self, item_id, update, condition, names, values):
        """The item after a conditional update, or None when the condition did not hold."""
        spoken = set(re.findall(r"[#:]\w+", f"{update} {condition}"))  # DynamoDB refuses names that are not used
        used = {name: value for name, value in names.items() if name in spoken}
        bound = {name: value for name, value in values.items() if name in spoken}
        try:
            reply = self._client.update_item(
                TableName=self._table_name,
                Key={self._hash_key: item_id},
                UpdateExpression=update,
                ConditionExpression=condition,
                ExpressionAttributeNames=used,
                **({"ExpressionAttributeValues": bound} if bound else {}),
                ReturnValues="ALL_NEW",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                return None
            raise
        return reply["Attributes"]

    def _each(self, work, things):
        """The same for many items, a few at a time: each costs a round trip."""
        things = list(things)
        if len(things) < 2:
            return [work(thing) for thing in things]
        with ThreadPoolExecutor(THREADS) as pool:
            return list(pool.map(work, things))

    def _expiry(self, now):
        return int(now) + self._ttl[1] * 86400
