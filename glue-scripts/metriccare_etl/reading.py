"""Raw objects to records: NDJSON, Bundles, pretty-printed JSON, gzip, BOM, CRLF; told apart by content, never by name.

A stream is read line by line, so that a file's size does not matter; what is held is one JSON document. Whatever is
broken becomes a `Broken` with its line, entry and a reason of ours, never the content.
"""

import io
import json
import re
import zlib
from typing import NamedTuple

GZIP_MAGIC = b"\x1f\x8b"
BOM = b"\xef\xbb\xbf"
CHUNK = 1 << 20
MAX_RESOURCE_BYTES = 60_000_000  # Kryo's default buffer of 64 MB carries a record through Spark
MAX_NESTED_BUNDLES = 8
MAX_LEVELS = 100  # of a document over several lines: bounds how often a line is read again when every line is cut off


class Found(NamedTuple):
    """A readable resource: its type, its JSON text as it came, and its id."""

    line: int
    entry: int  # 1-based in a Bundle or array, else 0
    kind: str
    resource_id: str
    last_updated: str
    text: str


class Skipped(NamedTuple):
    """A Bundle entry without a resource (a deletion, a response): read, and of no use here."""

    line: int
    entry: int


class Broken(NamedTuple):
    """What could not be read. `reason` is a word of ours."""

    line: int
    entry: int
    reason: str


class StreamBroken(Exception):
    """The bytes themselves cannot be read any further (a damaged gzip)."""


def open_bytes(body):
    """A buffered byte stream with readline(), unzipped when the content is gzip. `body` has read(n)."""
    raw = io.BufferedReader(_Raw(body), CHUNK)
    if raw.peek(2)[:2] == GZIP_MAGIC:
        return io.BufferedReader(_Raw(_Gunzip(raw)), CHUNK)
    return raw


class _Raw(io.RawIOBase):
    """Anything with read(n) as a raw stream."""

    def __init__(self, body):
        self._body = body

    def readable(self):
        return True

    def readinto(self, target):
        data = self._body.read(len(target))
        target[: len(data)] = data
        return len(data)


class _Gunzip:
    """Gzip of several members; trailing zeros and garbage are as gzip(1) treats them: ignored after a whole member."""

    def __init__(self, raw):
        self._raw = raw
        self._inflate = zlib.decompressobj(31)
        self._rest = b""
        self._members = 0

    def read(self, size):
        while True:
            data = self._rest or self._raw.read1(CHUNK)
            self._rest = b""
            if not data:
                if self._inflate is not None and not self._inflate.eof:
                    raise StreamBroken("gzip_truncated")
                return b""
            out = self._feed(data, size)
            if out:
                return out
            if self._inflate is None:
                return b""

    def _feed(self, data, size):
        try:
            out = self._inflate.decompress(data, size)
        except zlib.error:
            if self._members:
                self._inflate = None
                return b""
            raise StreamBroken("gzip_corrupt") from None
        self._rest = self._inflate.unconsumed_tail
        if self._inflate.eof:
            self._members += 1
            self._rest = self._inflate.unused_data.lstrip(b"\0")
            self._inflate = zlib.decompressobj(31) if self._rest else self._next_member()
        return out

    def _next_member(self):
        """After a whole member: another one, or the end."""
        more = self._raw.peek(2)
        return zlib.decompressobj(31) if more[:2] == GZIP_MAGIC else None


def read_records(body):
    """Yield Found, Skipped and Broken of one object, in order."""
    stream = open_bytes(body)
    lines = _Lines(stream)
    try:
        while True:
            taken = lines.take()
            if taken is None:
                return
            yield from _document(lines, *taken)
    except StreamBroken as error:
        yield Broken(lines.number + 1, 0, str(error))


class _Lines:
    """Non-blank lines with their numbers, and the power to give some back."""

    def __init__(self, stream):
        self._stream = stream
        self._back = []
        self.number = 0
        self.decode = _decoder()

    def take(self):
        """(number, bytes) of the next non-blank line, or None."""
        if self._back:
            return self._back.pop()
        while True:
            line = self._stream.readline()
            if not line:
                return None
            self.number += 1
            if self.number == 1 and line.startswith(BOM):
                line = line[len(BOM) :]
            line = line.strip(b" \t\r\n")
            if line:
                return self.number, line

    def give_back(self, taken):
        """Lines in the order they were taken."""
        self._back.extend(reversed(taken))


def _document(lines, number, line):
    """The records of the document that begins on this line: nearly always just the line."""
    value = _parse(line, lines.decode)
    if not isinstance(value, str):
        yield from _records(lines.decode, number, *value)
        return
    if value != "incomplete":
        yield Broken(number, 0, value)
        return
    taken, text = _gather(lines, number, line)
    if text is not None:
        value = _parse(text, lines.decode)
        if not isinstance(value, str):
            yield from _records(lines.decode, number, *value)
            return
    yield Broken(number, 0, "not_json")
    lines.give_back(_after_broken(taken, lines.decode))


def _gather(lines, number, line):
    """The lines of a pretty-printed document up to its end: (taken after the first, text or None when it is broken).

    Stops where two lines cannot be joined: after a line that was cut off, the next resource begins without a comma.
    """
    depth = _Depth()
    depth.feed(line)
    parts, taken = [line], []
    while True:
        if depth.broken or depth.level > MAX_LEVELS:
            return taken, None
        if depth.level == 0:
            return taken, b"\n".join(parts)
        following = lines.take()
        if following is None:
            return taken, None
        taken.append(following)
        if not _joins(parts[-1], following[1]):
            return taken, None
        parts.append(following[1])
        depth.feed(following[1])


def _after_broken(taken, decode):
    """What to read again after a broken document. Of a pretty-printed one, only what looks like a new document."""
    if len(taken) <= 2:
        return taken
    for index, (_, line) in enumerate(taken):
        if line.startswith(b'{"resourceType"') or _is_resource(line, decode):
            return taken[index:]
    return []


def _is_resource(line, decode):
    """True for a line that holds a whole resource, in whatever order its members are."""
    if line[:1] != b"{" or line[-1:] != b"}" or b'"resourceType"' not in line:
        return False
    value = _parse(line, decode)
    return not isinstance(value, str) and isinstance(_value(value[1], "resourceType"), str)


class _Depth:
    """Nesting level over lines, strings left out."""

    TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*"|[{}\[\]]|"')

    def __init__(self):
        self.level = 0
        self.broken = False

    def feed(self, line):
        """Count a line's brackets."""
        for token in self.TOKENS.findall(line):
            if token in (b"{", b"["):
                self.level += 1
            elif token in (b"}", b"]"):
                self.level -= 1
                self.broken = self.broken or self.level < 0
            elif token == b'"':
                self.broken = True  # a string does not go over the end of a line
                return


def _joins(line, following):
    """Whether JSON may go on from one line to the next."""
    last, first = line[-1:], following[:1]
    if last == b"{":
        return first in (b'"', b"}")
    if last in (b"[", b":", b","):
        return first not in (b",", b":") and not (last == b"," and first in (b"}", b"]"))
    return first in (b",", b":", b"}", b"]")


def _reject_constant(_):
    raise ValueError


def _decoder():
    """raw_decode(text, index) -> (value, end). Made where it is used: a scanner cannot be pickled."""
    return json.JSONDecoder(parse_constant=_reject_constant).raw_decode


_space = re.compile(r"[ \t\r\n]*")


def _parse(data, decode):
    """(text, value spans...) of one document as `(text, value)`, or the reason why not.

    `value` is what the top level holds, with Bundle entries as spans of the text: a Bundle of any length costs its
    text, not its objects.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return "not_utf8"
    try:
        start = _space.match(text, 0).end()
        if text[start] == "{":
            top, end = _walk_object(decode, text, start)
        elif text[start] == "[":
            spans, end = _walk_array(decode, text, start)
            top = spans
        else:
            return "not_json"
        if _space.match(text, end).end() != len(text):
            return "not_json"
        return text, top
    except IndexError:
        return "incomplete"
    except json.JSONDecodeError as error:
        return "incomplete" if error.pos >= len(text) else "not_json"
    except RecursionError:
        return "too_deep"
    except ValueError:
        return "not_json"


def _walk_object(decode, text, start):
    """The members of an object as {name: (value or None, start, end)}; `entry` is walked, not built."""
    members = {}
    index = _space.match(text, start + 1).end()
    if text[index] == "}":
        return members, index + 1
    while True:
        if text[index] != '"':
            raise json.JSONDecodeError("", text, index)
        name, index = decode(text, index)
        index = _space.match(text, index).end()
        if text[index] != ":":
            raise json.JSONDecodeError("", text, index)
        index = _space.match(text, index + 1).end()
        if name == "entry" and text[index] == "[":
            spans, end = _walk_array(decode, text, index)
            members[name] = (spans, index, end)
        else:
            value, end = decode(text, index)
            members[name] = (value, index, end)
        index = _space.match(text, end).end()
        if text[index] == "}":
            return members, index + 1
        if text[index] != ",":
            raise json.JSONDecodeError("", text, index)
        index = _space.match(text, index + 1).end()


def _walk_array(decode, text, start):
    """The spans of an array's elements; each is checked to be JSON and forgotten."""
    spans = []
    index = _space.match(text, start + 1).end()
    if text[index] == "]":
        return spans, index + 1
    while True:
        _, end = decode(text, index)
        spans.append((index, end))
        index = _space.match(text, end).end()
        if text[index] == "]":
            return spans, index + 1
        if text[index] != ",":
            raise json.JSONDecodeError("", text, index)
        index = _space.match(text, index + 1).end()


def _records(decode, line, text, top):
    """Records of a parsed document: a resource, a Bundle, or an array of resources."""
    if isinstance(top, list):
        for number, (start, end) in enumerate(top, 1):
            yield from _element(decode, line, number, text[start:end])
        return
    kind = _value(top, "resourceType")
    if kind == "Bundle":
        counter = _Counter()
        yield from _bundle(decode, line, text, top, counter, 0)
        return
    yield _resource(line, 0, top, text, None)


class _Counter:
    def __init__(self):
        self.value = 0

    def next(self):
        self.value += 1
        return self.value


def _bundle(decode, line, text, top, counter, depth):
    spans = _value(top, "entry")
    for start, end in spans if isinstance(spans, list) else []:
        yield from _entry(decode, line, text[start:end], counter, depth)


def _entry(decode, line, text, counter, depth):
    """One entry of a Bundle: its resource, or the entries of a Bundle inside it."""
    if not text.startswith("{"):
        yield Broken(line, counter.next(), "not_a_resource")
        return
    members, _ = _walk_object(decode, text, 0)
    if "resource" not in members:
        yield Skipped(line, counter.next())
        return
    value, start, end = members["resource"]
    inner = text[start:end]
    if not isinstance(value, dict):
        yield Broken(line, counter.next(), "not_a_resource")
    elif value.get("resourceType") == "Bundle" and depth < MAX_NESTED_BUNDLES:
        top, _ = _walk_object(decode, inner, 0)
        yield from _bundle(decode, line, inner, top, counter, depth + 1)
    else:
        top = {name: (item, 0, 0) for name, item in value.items()}
        yield _resource(line, counter.next(), top, inner, _value(members, "fullUrl"))


def _element(decode, line, number, text):
    """One element of an array of resources."""
    if not text.startswith("{"):
        yield Broken(line, number, "not_a_resource")
        return
    top, _ = _walk_object(decode, text, 0)
    yield _resource(line, number, top, text, None)


NEEDS_ID = ("Patient", "Encounter", "Condition")


def _resource(line, entry, top, text, full_url):
    kind = _value(top, "resourceType")
    if not isinstance(kind, str) or not kind:
        return Broken(line, entry, "not_a_resource")
    resource_id = _id(_value(top, "id"), full_url)
    if kind in NEEDS_ID and not resource_id:
        return Broken(line, entry, "no_id")
    if kind in NEEDS_ID and len(text) > MAX_RESOURCE_BYTES // 4 and len(text.encode()) > MAX_RESOURCE_BYTES:
        return Broken(line, entry, "too_large")
    meta = _value(top, "meta")
    updated = meta.get("lastUpdated") if isinstance(meta, dict) else None
    return Found(line, entry, kind, resource_id, updated if isinstance(updated, str) else "", text)


def _value(members, name):
    return members[name][0] if name in members else None


def _id(value, full_url):
    """The resource's id; in a transaction Bundle without one, that of its fullUrl."""
    if isinstance(value, (str, int)) and not isinstance(value, bool) and str(value).strip():
        return str(value).strip()
    if isinstance(full_url, str) and full_url.startswith("urn:uuid:"):
        return full_url[len("urn:uuid:") :].strip()
    return ""
