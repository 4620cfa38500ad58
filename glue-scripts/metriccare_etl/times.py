"""FHIR times to a strict form that Spark can cast without failing, or to nothing.

`2024-05-01` stays a date; a value with an offset becomes its instant in UTC, `2024-05-01T10:00:00.000000Z`; one without
an offset (invalid FHIR) keeps its local time, `2024-05-01T10:00:00.000000`, to be read as facility time. YYYY, YYYY-MM
and whatever is malformed are missing (docs/measures.md T1 to T3).
"""

import re
from datetime import datetime, timedelta, timezone

_PATTERN = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?(Z|z|[+-]\d{2}:?\d{2})?)?", re.ASCII
)
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_YEAR_ONE_MS = 62_135_596_800_000  # milliseconds from year 1 to 1970: keeps every time positive


def normalise(text: object) -> str | None:
    """The strict form of a FHIR dateTime, or None."""
    if not isinstance(text, str):
        return None
    match = _PATTERN.fullmatch(text.strip())
    if not match:
        return None
    try:
        return _strict(match)
    except (ValueError, OverflowError):
        return None


def _strict(match: re.Match[str]) -> str:
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    if hour is None:
        return datetime(int(year), int(month), int(day)).strftime("%Y-%m-%d").rjust(10, "0")
    micros = int(((fraction or "") + "000000")[:6])
    moment = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second or 0), micros)
    if offset is None:
        return _text(moment)
    return _text(moment - _offset(offset)) + "Z"


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")


def _offset(text: str) -> timedelta:
    if text in ("Z", "z"):
        return timedelta(0)
    hours, minutes = int(text[1:3]), int(text[-2:])
    if hours > 14 or minutes > 59:
        raise ValueError
    size = timedelta(hours=hours, minutes=minutes)
    return -size if text[0] == "-" else size


def ordering_millis(last_updated: object) -> str:
    """meta.lastUpdated as zero-padded milliseconds that sort as text; missing or unusable sorts lowest."""
    strict = normalise(last_updated)
    if strict is None:
        return "0" * 15
    moment = datetime.fromisoformat(strict.rstrip("Z")).replace(tzinfo=timezone.utc)
    return f"{(moment - _EPOCH) // timedelta(milliseconds=1) + _YEAR_ONE_MS + 1:015d}"


def ordering(last_updated: object, generation: str, line: int, entry: int) -> str:
    """K1's ordering string: lastUpdated, then the later generation, then the later line."""
    return f"{ordering_millis(last_updated)}-{generation}-{line:09d}.{entry:07d}"


def event_time(generation: str) -> str:
    """When S3 told of a file, by its generation, as FHIR spells an instant."""
    moment = _EPOCH + timedelta(milliseconds=int(generation.partition("-")[0]))
    return moment.isoformat(timespec="milliseconds")
