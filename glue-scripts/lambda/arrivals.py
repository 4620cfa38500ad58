"""S3 events as arrivals: what came, when, and where it stands among the events of its key."""

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any
from urllib.parse import unquote_plus

from metriccare_ledger import schema


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
    def content(self) -> tuple[str, int]:
        """What makes two arrivals the same content."""
        return (self.etag, self.size)

    @property
    def generation(self) -> str:
        """Sorts as text by time, then by S3's own order."""
        return schema.generation(self.event_ms, self.sequencer)

    @property
    def file_id(self) -> str:
        """The ledger's key of this generation."""
        return schema.item_id("file", bucket=self.bucket, key=self.key, generation=self.generation)


def parse_time_ms(text: object) -> int:
    """Milliseconds since 1970 of an ISO-8601 time in UTC."""
    moment = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return int(round(moment.timestamp() * 1000))


def pad_sequencer(text: object) -> str:
    """S3's rule: right-pad with zeros, then compare as text."""
    return schema.padded("sequencer", str(text).upper()) if text else ""


def parse_record(record: Any) -> Arrival:
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


def is_marker(arrival: Arrival) -> bool:
    """Folder markers: `dir/` of the console and of S3A (no bytes), `dir_$folder$` of EMRFS."""
    return (arrival.key.endswith("/") and arrival.size == 0) or arrival.key.endswith("_$folder$")
