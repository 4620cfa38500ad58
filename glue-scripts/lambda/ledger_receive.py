"""The receiving half of the ledger: S3 events become file generations in DynamoDB.

One item per generation (`FILE`), one head per key (`KEY#...`) that remembers the order of the key's events, so that a
late event finds its place (`key_history.py`).

The claiming half lives in `metriccare_etl.ledger`, which the Glue jobs use; both speak of the same table.
"""

import random
import time
from datetime import datetime, timezone

from botocore.exceptions import ClientError

from arrivals import NO_SEQUENCER, Arrival, guess_dataset
from key_history import place_arrival, trimmed

RECEIVE_TRIES = 12


def iso_utc(moment):
    """ISO-8601 UTC with milliseconds, as the ledger's times are written."""
    return datetime.fromtimestamp(moment, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


class Receiver:
    """Writes arrivals into the ledger. `dynamodb` is a boto3 client."""

    def __init__(self, dynamodb, table, hash_key="file_id", clock=time.time, sleep=time.sleep):
        self._dynamodb = dynamodb
        self._table = table
        self._hash_key = hash_key
        self._clock = clock
        self._sleep = sleep

    def receive(self, arrival):
        """Record one arrival; returns how many generations it made (0: known content, or a duplicate)."""
        for attempt in range(RECEIVE_TRIES):
            head = self._read_head(arrival)
            runs = [_load_run(arrival, item) for item in head["history"]["L"]] if head else []
            version = int(head["version"]["N"]) if head else 0
            updated, born = place_arrival(runs, arrival)
            if updated == runs:
                return 0
            try:
                self._write(arrival, updated, born, version)
                return len(born)
            except ClientError as error:
                if error.response["Error"]["Code"] not in (
                    "ConditionalCheckFailedException",
                    "TransactionCanceledException",
                    "TransactionConflictException",
                    "TransactionInProgressException",
                ):
                    raise
                self._sleep(random.uniform(0.01, 0.05) * (attempt + 1))
        raise RuntimeError("the ledger kept changing under this event")

    def _read_head(self, arrival):
        reply = self._dynamodb.get_item(
            TableName=self._table, Key={self._hash_key: {"S": _head_id(arrival)}}, ConsistentRead=True
        )
        return reply.get("Item")

    def _write(self, arrival, runs, born, version):
        head = self._head_put(arrival, runs, version)
        absent = [event for event in born if not self._exists(event)]
        if not absent:
            self._dynamodb.put_item(**head)
            return
        puts = [self._file_put(event) for event in absent]
        self._dynamodb.transact_write_items(TransactItems=[{"Put": put} for put in [head, *puts]])

    def _exists(self, event):
        """A generation may stand in the ledger already when its head was trimmed or lost."""
        reply = self._dynamodb.get_item(
            TableName=self._table, Key={self._hash_key: {"S": event.file_id}}, ConsistentRead=True
        )
        return "Item" in reply

    def _head_put(self, arrival, runs, version):
        latest, last = runs[-1]["rep"], runs[-1]["events"][-1]
        condition = {
            "ConditionExpression": "#version = :seen",
            "ExpressionAttributeNames": {"#version": "version"},
            "ExpressionAttributeValues": {":seen": {"N": str(version)}},
        }
        if version == 0:
            condition = {
                "ConditionExpression": "attribute_not_exists(#id)",
                "ExpressionAttributeNames": {"#id": self._hash_key},
            }
        item = {
            self._hash_key: {"S": _head_id(arrival)},
            "version": {"N": str(version + 1)},
            "latest_file_id": {"S": latest.file_id},
            "generation_sequencer": {"S": latest.sequencer or NO_SEQUENCER},
            "sequencer": {"S": last.sequencer or NO_SEQUENCER},
            "etag": {"S": last.etag},
            "size": {"N": str(last.size)},
            "version_id": {"S": last.version_id},
            "event_ms": {"N": str(last.event_ms)},
            "history": {"L": [_dump_run(run) for run in trimmed(runs)]},
        }
        return {"TableName": self._table, "Item": item, **condition}

    def _file_put(self, event):
        item = {
            self._hash_key: {"S": event.file_id},
            "entity": {"S": "FILE"},
            "generation": {"S": event.generation},
            "bucket": {"S": event.bucket},
            "key": {"S": event.key},
            "etag": {"S": event.etag},
            "size": {"N": str(event.size)},
            "sequencer": {"S": event.sequencer or NO_SEQUENCER},
            "dataset": {"S": guess_dataset(event.key)},
            "status": {"S": "received"},
            "attempt": {"N": "0"},
            "pending": {"S": "1"},
            "received_at": {"S": iso_utc(self._clock())},
        }
        if event.version_id:
            item["version_id"] = {"S": event.version_id}
        return {
            "TableName": self._table,
            "Item": item,
            "ConditionExpression": "attribute_not_exists(#id)",
            "ExpressionAttributeNames": {"#id": self._hash_key},
        }


def _head_id(arrival):
    return f"KEY#{arrival.bucket}/{arrival.key}"


def _dump_event(event):
    return {
        "M": {
            "sequencer": {"S": event.sequencer},
            "event_ms": {"N": str(event.event_ms)},
            "etag": {"S": event.etag},
            "size": {"N": str(event.size)},
            "version_id": {"S": event.version_id},
        }
    }


def _dump_run(run):
    """`first`, and `last`, `rep` and the others where they differ from it: most runs are one event."""
    first, last, rep = run["events"][0], run["events"][-1], run["rep"]
    item = {"first": _dump_event(first)}
    if last != first:
        item["last"] = _dump_event(last)
    if rep != first:
        item["rep"] = _dump_event(rep)
    others = [_dump_event(event) for event in run["events"] if event not in (first, last, rep)]
    if others:
        item["others"] = {"L": others}
    return {"M": item}


def _load_event(arrival, item):
    fields = item["M"]
    return Arrival(
        bucket=arrival.bucket,
        key=arrival.key,
        etag=fields["etag"]["S"],
        size=int(fields["size"]["N"]),
        version_id=fields["version_id"]["S"],
        sequencer=fields["sequencer"]["S"],
        event_ms=int(fields["event_ms"]["N"]),
    )


def _load_run(arrival, item):
    fields = item["M"]
    rep = _load_event(arrival, fields.get("rep") or fields["first"])
    dumps = [fields[name] for name in ("first", "last", "rep") if name in fields]
    loaded = {_load_event(arrival, dump) for dump in dumps + fields.get("others", {}).get("L", [])}
    return {"events": sorted(loaded, key=lambda event: (event.event_ms, event.sequencer)), "rep": rep}
