"""The queue of what could not be recorded: entries of S3 events, and whole events that Lambda or EventBridge put there.

A message goes only after what it tells of is in the ledger. SQS delivers at least once and in any order; the ledger's
order is by sequencer, and a second telling changes nothing.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

BATCH = 10  # messages of one call
BATCH_BYTES = 250_000  # of one call; SQS took 256 KB for most of its life
FORM = "metriccare.arrival"
ENTRY = ("eventName", "eventTime")
OBJECT = ("key", "size", "eTag", "versionId", "sequencer")


@dataclass(frozen=True)
class Message:
    """One receive of a message."""

    receipt: str
    body: str
    receives: int


def slim(record: Any) -> Any:
    """What the ledger needs of an entry; a broken one stays as it is, for whoever looks into it."""
    try:
        bucket, thing = record["s3"]["bucket"]["name"], record["s3"]["object"]
        short = {key: thing[key] for key in OBJECT if key in thing}
        kept = {key: record[key] for key in ENTRY}
    except (KeyError, TypeError):
        return record
    return {**kept, "s3": {"bucket": {"name": bucket}, "object": short}}


def read(body: str) -> tuple[str, Any]:
    """("records", [...]) of S3 events, ("control", event) of all others, ("unreadable", None).

    Shapes: our own entry; an event as it came (dead letters of Lambda and EventBridge); the envelope of Lambda's
    on-failure destination, which holds one.
    """
    try:
        event = json.loads(body)
    except ValueError:
        return "unreadable", None
    for _ in range(3):  # an envelope may hold what came out of one
        if isinstance(event, dict) and "requestPayload" in event and "requestContext" in event:
            event = event["requestPayload"]
    if not isinstance(event, dict):
        return "unreadable", None
    if event.get("source") == FORM:
        return "records", [event.get("record")]
    if isinstance(event.get("Records"), list):
        return "records", event["Records"]
    known = event.get("source") or event.get("Event") == "s3:TestEvent"
    return ("control", event) if known else ("unreadable", None)


class Undelivered:
    """The queue by its name. `clients` has `sqs`."""

    def __init__(self, clients: Any, name: str) -> None:
        self._clients = clients
        self._name = name
        self._url: str | None = None

    def __bool__(self) -> bool:
        return bool(self._name)

    def _queue(self) -> dict[str, str | None]:
        if self._url is None:
            self._url = self._clients.sqs.get_queue_url(QueueName=self._name)["QueueUrl"]
        return {"QueueUrl": self._url}

    def put(self, records: Iterable[Any]) -> int:
        """Puts entries there; how many the queue took."""
        bodies = [json.dumps({"source": FORM, "record": slim(record)}) for record in records]
        return sum(self._send(batch) for batch in _batches(bodies))

    def _send(self, bodies: list[str]) -> int:
        entries = [{"Id": str(n), "MessageBody": body} for n, body in enumerate(bodies)]
        # Each entry has its own answer: what was refused alone is sent once more.
        for _ in range(2):
            reply = self._clients.sqs.send_message_batch(**self._queue(), Entries=entries)
            failed = {entry["Id"] for entry in reply.get("Failed") or []}
            entries = [entry for entry in entries if entry["Id"] in failed]
            if not entries:
                break
        return len(bodies) - len(entries)

    def receive(self, hidden_seconds: int) -> list[Message]:
        """Up to ten messages, hidden from others for so long. The wait of a second asks all of SQS's servers."""
        reply = self._clients.sqs.receive_message(
            **self._queue(),
            MaxNumberOfMessages=BATCH,
            WaitTimeSeconds=1,
            VisibilityTimeout=hidden_seconds,
            AttributeNames=["ApproximateReceiveCount"],
        )
        return [
            Message(
                message["ReceiptHandle"],
                message["Body"],
                int((message.get("Attributes") or {}).get("ApproximateReceiveCount", 1)),
            )
            for message in reply.get("Messages") or []
        ]

    def remove(self, messages: list[Message]) -> int:
        """Takes messages out; how many went. One that stays comes again, and changes nothing then."""
        entries = [{"Id": str(n), "ReceiptHandle": message.receipt} for n, message in enumerate(messages)]
        if not entries:
            return 0
        reply = self._clients.sqs.delete_message_batch(**self._queue(), Entries=entries)
        return len(entries) - len(reply.get("Failed") or [])

    def hide(self, message: Message, seconds: int) -> None:
        """Lets a message be seen again after so many seconds; one whose time is over already can be seen."""
        try:
            self._clients.sqs.change_message_visibility(
                **self._queue(), ReceiptHandle=message.receipt, VisibilityTimeout=seconds
            )
        except ClientError as error:
            if error.response["Error"]["Code"] not in (
                "MessageNotInflight",
                "AWS.SimpleQueueService.MessageNotInflight",
                "ReceiptHandleIsInvalid",
                "InvalidParameterValue",
            ):
                raise

    def waiting(self) -> int:
        """Messages that can be received now, about: SQS's numbers are a minute late."""
        reply = self._clients.sqs.get_queue_attributes(**self._queue(), AttributeNames=["ApproximateNumberOfMessages"])
        return int((reply.get("Attributes") or {}).get("ApproximateNumberOfMessages", 0))


def _batches(bodies: Iterable[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for body in bodies:
        if batch and (len(batch) == BATCH or size + len(body) > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(body)
        size += len(body)
    if batch:
        yield batch
