"""The receiving half of the ledger: S3 events become file generations in DynamoDB.

One item per generation (`FILE`), one head per key (`KEY#...`) that remembers the order of the key's events. S3 delivers
events at least once and in any order, so the head keeps enough of the past to place a late event where it belongs:
a generation is the start of a run of equal content in sequencer order, whatever order the events came in.

The claiming half lives in `metriccare_etl.ledger`, which the Glue jobs use; both speak of the same table.
"""

import itertools
import random
import time
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from urllib.parse import unquote_plus

from botocore.exceptions import ClientError

SEQUENCER_WIDTH = 24
HISTORY_LIMIT = 120  # events that a head remembers; an event older than these is taken for a new generation
RECEIVE_TRIES = 12
NO_SEQUENCER = "0" * SEQUENCER_WIDTH


class BadRecord(Exception):
    """A record of an S3 event that lacks what the ledger needs. Its text holds no key."""


@dataclass(frozen=True)
class Arrival:
    """One object-created event: what arrived, and where it stands among the events of its key."""

    bucket: str
    key: str
    etag: str
    size: int
    version_id: str
    sequencer: str  # "" when the event had none
    event_ms: int

    @property
    def content(self):
        """What makes two arrivals the same content."""
        return (self.etag, self.size)

    @property
    def generation(self):
        """Sorts as text by time, then by S3's own order."""
        return f"{self.event_ms:013d}-{self.sequencer or NO_SEQUENCER}"

    @property
    def file_id(self):
        """The ledger's key of this generation."""
        return f"{self.bucket}/{self.key}#{self.generation}"


def parse_time_ms(text):
    """Milliseconds since 1970 of an ISO-8601 time in UTC."""
    moment = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return int(round(moment.timestamp() * 1000))


def pad_sequencer(text):
    """S3's rule: right-pad with zeros, then compare as text."""
    return str(text or "").upper().ljust(SEQUENCER_WIDTH, "0") if text else ""


def parse_record(record):
    """The arrival that one entry of `Records` tells of. The key is form-encoded: `+` is a space."""
    try:
        thing = record["s3"]["object"]
        return Arrival(
            bucket=record["s3"]["bucket"]["name"],
            key=unquote_plus(thing["key"]),
            etag=str(thing.get("eTag") or "").strip('"'),
            size=int(thing.get("size") or 0),
            version_id=str(thing.get("versionId") or ""),
            sequencer=pad_sequencer(thing.get("sequencer")),
            event_ms=parse_time_ms(record["eventTime"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadRecord(type(error).__name__) from None


def is_marker(arrival):
    """Folder markers: `dir/` of the console and of S3A (no bytes), `dir_$folder$` of EMRFS."""
    return (arrival.key.endswith("/") and arrival.size == 0) or arrival.key.endswith("_$folder$")


def guess_dataset(key):
    """A first guess from the name; Bronze corrects it from the content."""
    name = key.rsplit("/", 1)[-1].lower()
    for word in ("patient", "encounter", "condition", "bundle"):
        if word in name:
            return word
    return "unknown"


# --- history of one key: its events in order, as runs of equal content ---
# run = {"events": [oldest … newest], "rep": the event that is the run's generation}


def _before(a, b):
    """True when event a comes before event b of the same key."""
    if a.sequencer and b.sequencer:
        return a.sequencer < b.sequencer
    return (a.event_ms, a.sequencer) < (b.event_ms, b.sequencer)


def place_arrival(runs, arrival):
    """The runs with one more event, and the arrivals that became generations by it. Pure; duplicates change nothing.

    Content between two equal ones makes a generation of the second, too: a run always has one, the first it can have.
    """
    events = [event for run in runs for event in run["events"]]
    if _is_known(events, arrival):
        return runs, []
    place = next((index for index, event in enumerate(events) if _before(arrival, event)), len(events))
    events.insert(place, _clamped(events, place, arrival))
    generations = {run["rep"] for run in runs}
    grouped = [list(group) for _, group in itertools.groupby(events, key=lambda event: event.content)]
    updated, born = [], []
    for group in grouped:
        rep = next((event for event in group if event in generations), None)
        if rep is None:
            rep = group[0]
            born.append(rep)
        updated.append({"events": group, "rep": rep})
    return updated, born


def _is_known(events, arrival):
    """A duplicate: the same event, or the same version of the object, told of in another way (a backfill)."""
    if arrival.sequencer and any(event.sequencer == arrival.sequencer for event in events):
        return True
    if arrival.version_id not in ("", "null") and any(event.version_id == arrival.version_id for event in events):
        return True
    return not arrival.sequencer and any(
        (event.event_ms, event.content) == (arrival.event_ms, arrival.content) for event in events
    )


def _clamped(events, place, arrival):
    """The arrival with a time that agrees with the sequencers around it: clocks may disagree, sequencers do not."""
    event_ms = arrival.event_ms
    if place > 0:
        event_ms = max(event_ms, events[place - 1].event_ms)
    if place < len(events):
        event_ms = min(event_ms, events[place].event_ms)
    return replace(arrival, event_ms=event_ms)


def trimmed(runs):
    """What a head remembers: at most so many events. The middles of old runs go first, then old runs."""
    runs = list(runs)
    spare = sum(len(run["events"]) for run in runs) - HISTORY_LIMIT
    for index, run in enumerate(runs):
        if spare <= 0:
            break
        kept = [event for event in run["events"] if event in (run["events"][0], run["events"][-1], run["rep"])]
        spare -= len(run["events"]) - len(kept)
        runs[index] = {**run, "events": kept}
    while spare > 0 and len(runs) > 1:
        spare -= len(runs.pop(0)["events"])
    return runs


# --- DynamoDB ---


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
