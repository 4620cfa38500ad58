"""Raw objects to records: NDJSON, Bundles, pretty-printed JSON, gzip, BOM, CRLF; told apart by content, never by name.

A stream is read line by line, so that a file's size does not matter; what is held is one JSON document. Whatever is
broken becomes a `Broken` with its line, entry and a reason of ours, never the content.
"""

import re

from metriccare_etl.records import Broken, records_of, value_of
from metriccare_etl.spans import decoder, parse
from metriccare_etl.unzipping import StreamBroken, open_bytes

BOM = b"\xef\xbb\xbf"
MAX_LEVELS = 100  # of a document over several lines: bounds how often a line is read again when every line is cut off


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
        self.decode = decoder()

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
    value = parse(line, lines.decode)
    if not isinstance(value, str):
        yield from records_of(lines.decode, number, *value)
        return
    if value != "incomplete":
        yield Broken(number, 0, value)
        return
    taken, text = _gather(lines, number, line)
    if text is not None:
        value = parse(text, lines.decode)
        if not isinstance(value, str):
            yield from records_of(lines.decode, number, *value)
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
    value = parse(line, decode)
    return not isinstance(value, str) and isinstance(value_of(value[1], "resourceType"), str)


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
