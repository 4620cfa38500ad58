"""The records of a parsed document: a resource, the entries of a Bundle, the elements of an array."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from metriccare_etl.limits import Unreadable
from metriccare_etl.spans import Decode, Members, Spans, Top, heavy, walk_object
from metriccare_etl.times import normalise

MAX_RESOURCE_BYTES = 60_000_000  # Kryo's default buffer of 64 MB carries a record through Spark
MAX_NESTED_BUNDLES = 8
MAX_MANIFEST = 1 << 22  # characters of a manifest, which is built
NEEDS_ID = ("Patient", "Encounter", "Condition")


class Found(NamedTuple):
    """A readable resource: its type, its JSON text as it came, and its id."""

    line: int
    entry: int  # 1-based in a Bundle or array, else 0
    kind: str
    resource_id: str
    last_updated: str
    text: str


class Gone(NamedTuple):
    """A Bundle entry that deletes a resource (docs/measures.md D1). `when` is the Bundle's time, or empty."""

    line: int
    entry: int
    kind: str
    resource_id: str
    when: str


class Skipped(NamedTuple):
    """A Bundle entry without a resource (a response, a deletion of what is not read): of no use here."""

    line: int
    entry: int


class Manifest(NamedTuple):
    """The manifest of an export (FHIR Bulk Data): a list of files, no resource."""

    line: int
    entry: int
    text: str


class Broken(NamedTuple):
    """What could not be read. `reason` is a word of ours."""

    line: int
    entry: int
    reason: str


class Stopped(Broken):
    """Where a file could not be read any further. `told` is what the ledger says of it."""

    told = ""


Record = Found | Gone | Skipped | Manifest | Broken


def stopped(line: int, unreadable: Unreadable) -> Stopped:
    """The end of a file that has more, as a record."""
    found = Stopped(line, 0, unreadable.code)
    found.told = unreadable.told
    return found


def records_of(decode: Decode, line: int, text: str, top: Top) -> Iterator[Record]:
    """Records of a parsed document: a resource, a Bundle, or an array of resources."""
    if not isinstance(top, dict):
        for number, (start, end) in enumerate(top, 1):
            yield _element(decode, line, number, text, start, end)
        return
    kind = value_of(top, "resourceType")
    if kind == "Bundle":
        yield from _bundle(decode, line, text, top, _Place(), 0)
        return
    if kind is None and "transactionTime" in top and "output" in top and len(text) <= MAX_MANIFEST:
        yield Manifest(line, 0, text)
        return
    yield _resource(line, 0, top, text, None)


class _Place:
    """Where one is among a document's entries, and the time of the Bundle that they are in."""

    def __init__(self) -> None:
        self.value = 0
        self.when = ""

    def next(self) -> int:
        self.value += 1
        return self.value


def _bundle(decode: Decode, line: int, text: str, top: Members, place: _Place, depth: int) -> Iterator[Record]:
    outside = place.when
    place.when = _time_of(top) or outside
    spans = value_of(top, "entry")
    for start, _ in spans if isinstance(spans, Spans) else []:
        yield from _entry(decode, line, text, start, place, depth)
    place.when = outside


def _time_of(top: Members) -> str:
    """A Bundle's `timestamp`, else its `meta.lastUpdated`; empty where neither can be used."""
    meta = value_of(top, "meta")
    said = (value_of(top, "timestamp"), meta.get("lastUpdated") if isinstance(meta, dict) else None)
    return next((str(text) for text in said if normalise(text) is not None), "")


def _entry(decode: Decode, line: int, text: str, at: int, place: _Place, depth: int) -> Iterator[Record]:
    """One entry of a Bundle: its resource, what it deletes, or the entries of a Bundle inside it."""
    if text[at] != "{":
        yield Broken(line, place.next(), "not_a_resource")
        return
    members, _ = walk_object(decode, text, at)
    request = value_of(members, "request")
    if isinstance(request, dict) and request.get("method") == "DELETE":
        yield _gone(line, place.next(), request.get("url"), place.when)
        return
    if "resource" not in members:
        yield Skipped(line, place.next())
        return
    value, start, end = members["resource"]
    if text[start] != "{":
        yield Broken(line, place.next(), "not_a_resource")
        return
    if value is None or value.get("resourceType") == "Bundle":
        top, _ = walk_object(decode, text, start)
    else:
        top = {name: (item, 0, 0) for name, item in value.items()}
    if value_of(top, "resourceType") == "Bundle" and depth < MAX_NESTED_BUNDLES:
        yield from _bundle(decode, line, text, top, place, depth + 1)
    else:
        yield _resource(line, place.next(), top, text[start:end], value_of(members, "fullUrl"))


def _gone(line: int, entry: int, url: object, when: str) -> Record:
    """What a request to delete `T/id` says. One by a search (`T?identifier=…`) needs a server's answer to it."""
    path, _, query = url.partition("#")[0].partition("?") if isinstance(url, str) else ("", "", "")
    parts = [part for part in path.split("/") if part.strip()]
    if len(parts) >= 4 and parts[-2] == "_history":
        parts = parts[:-2]
    if len(parts) >= 2 and parts[-2] in NEEDS_ID:
        return Gone(line, entry, parts[-2], parts[-1].strip(), when)
    if parts and parts[-1] in NEEDS_ID:
        return Broken(line, entry, "conditional_delete" if query else "no_id")
    return Skipped(line, entry)


def _element(decode: Decode, line: int, number: int, text: str, start: int, end: int) -> Record:
    """One element of an array of resources."""
    if text[start] != "{":
        return Broken(line, number, "not_a_resource")
    top, _ = walk_object(decode, text, start)
    return _resource(line, number, top, text[start:end], None)


def _resource(line: int, entry: int, top: Members, text: str, full_url: object) -> Record:
    kind = value_of(top, "resourceType")
    if not isinstance(kind, str) or not kind:
        return Broken(line, entry, "not_a_resource")
    resource_id = _id(value_of(top, "id"), full_url)
    if kind in NEEDS_ID and not resource_id:
        return Broken(line, entry, "no_id")
    if kind in NEEDS_ID and len(text) > MAX_RESOURCE_BYTES // 4 and len(text.encode()) > MAX_RESOURCE_BYTES:
        return Broken(line, entry, "too_large")
    if kind in NEEDS_ID and heavy(text):
        return Broken(line, entry, "too_large")
    meta = value_of(top, "meta")
    updated = meta.get("lastUpdated") if isinstance(meta, dict) else None
    return Found(line, entry, kind, resource_id, updated if isinstance(updated, str) else "", text)


def value_of(members: Members, name: str) -> Any:
    """The value of a walked object's member, or None."""
    return members[name][0] if name in members else None


def _id(value: object, full_url: object) -> str:
    """The resource's id; in a transaction Bundle without one, that of its fullUrl."""
    if isinstance(value, (str, int)) and not isinstance(value, bool) and str(value).strip():
        return str(value).strip()
    if isinstance(full_url, str) and full_url.startswith("urn:uuid:"):
        return full_url[len("urn:uuid:") :].strip()
    return ""
