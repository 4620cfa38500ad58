"""Raw objects to records: NDJSON, Bundles, pretty-printed JSON, gzip, BOM, CRLF; told apart by content, never by name.

A stream is read line by line, so that a file's size does not matter; what is held is one JSON document. Whatever is
broken becomes a `Broken` with its line, entry and a reason of ours, never the content.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator
from io import BufferedReader
from typing import Any

from metriccare_etl.limits import HEAD, Limits, Unreadable, too_large
from metriccare_etl.records import Broken, Record, records_of, stopped, value_of
from metriccare_etl.sniffing import refuse_binary
from metriccare_etl.spans import Decode, decoder, parse
from metriccare_etl.unzipping import CHUNK, Readable, open_bytes

BOM = b"\xef\xbb\xbf"
Line = tuple[int, bytes]  # its number and what it holds
MAX_LEVELS = 100  # of a document over several lines: bounds how often a line is read again when every line is cut off


def read_records(body: Readable, limits: Limits | None = None) -> Iterator[Record]:
    """Yield Found, Skipped and Broken of one object, in order; Stopped last when it could not be read to its end."""
    limits = limits or Limits()
    lines: _Lines | None = None
    try:
        stream = open_bytes(body, limits)
        refuse_binary(stream.peek(HEAD)[:HEAD])
        lines = _Lines(stream, limits)
        while True:
            taken = lines.take()
            if taken is None:
                return
            number = taken[0]
            held: list[bytes | bytearray] = [taken[1]]
            del taken
            yield from _document(lines, number, held)
    except Unreadable as error:
        yield stopped(lines.number + 1 if lines else 1, error)


class _Lines:
    """Non-blank lines with their numbers, and the power to give some back."""

    def __init__(self, stream: BufferedReader[Any], limits: Limits) -> None:
        self._stream = stream
        self._back: list[Iterator[Line]] = []
        self.limits = limits
        self.number = 0
        self.decode = decoder()

    def take(self) -> Line | None:
        """(number, bytes) of the next non-blank line, or None."""
        while self._back:
            taken = next(self._back[-1], None)
            if taken is not None:
                return taken
            self._back.pop()
        while True:
            line = self._next_line()
            if not line:
                return None
            self.number += 1
            if self.number == 1 and line.startswith(BOM):
                line = line[len(BOM) :]
            line = line.strip(b" \t\r\n")
            if line:
                return self.number, line

    def _next_line(self) -> bytes:
        """A line of a length that can be held; most come in one piece."""
        line = self._stream.readline(CHUNK)
        if len(line) < CHUNK or line.endswith(b"\n"):
            limit, what = self.limits.of_line(line) if len(line) > self.limits.line else (len(line), "")
            if len(line) > limit:
                raise self._too_long(limit, what)
            return line
        limit, what = self.limits.of_line(line)
        whole = bytearray(line)
        while True:
            if len(whole) > limit:
                raise self._too_long(limit, what)
            piece = self._stream.readline(CHUNK)
            whole += piece
            if len(piece) < CHUNK or piece.endswith(b"\n"):
                return bytes(whole)

    def _too_long(self, limit: int, what: str) -> Unreadable:
        return too_large(f"line {self.number + 1}", limit, what.capitalize())

    def give_back(self, taken: Iterator[Line]) -> None:
        """Lines to be taken once more, before all others."""
        self._back.append(taken)


def _document(lines: _Lines, number: int, held: list[bytes | bytearray]) -> Iterator[Record]:
    """The records of the document that begins on this line: nearly always just the line."""
    value = parse(held, lines.decode)
    if not isinstance(value, str):
        yield from records_of(lines.decode, number, *value)
        return
    if value != "incomplete":
        yield Broken(number, 0, value)
        return
    gathered = _Gathered(number, held.pop())
    if gathered.read(lines):
        held.append(gathered.text)
        value = parse(held, lines.decode)
        if not isinstance(value, str):
            del gathered
            yield from records_of(lines.decode, number, *value)
            return
    yield Broken(number, 0, "too_large" if value == "too_large" else "not_json")
    lines.give_back(gathered.after_broken(lines.decode))


class _Gathered:
    """The lines of a pretty-printed document, as one text: each line costs eight bytes more than its length.

    It stops where two lines cannot be joined: after a line that was cut off, the next resource begins without a comma.
    """

    def __init__(self, number: int, line: bytes | bytearray) -> None:
        self.text = bytearray(line)
        self._first = number
        self._numbers = array("Q")
        self._rest = len(line)  # where the lines after the first begin
        self._depth = _Depth()
        self._depth.feed(line)

    def read(self, lines: _Lines) -> bool:
        """Take lines up to the document's end; False when it is broken."""
        limit = max(lines.limits.bundle, lines.limits.line)
        last = bytes(self.text[-1:])
        while True:
            if self._depth.broken or self._depth.level > MAX_LEVELS:
                return False
            if self._depth.level == 0:
                return True
            following = lines.take()
            if following is None:
                return False
            number, line = following
            self._numbers.append(number)
            self.text += b"\n"
            self.text += line
            if not _joins(last, line):
                return False
            if len(self.text) + 8 * len(self._numbers) > limit:
                raise too_large(f"the document that begins on line {self._first}", limit, "Bundle")
            last = line[-1:]
            self._depth.feed(line)

    def _lines(self, start: int | None = None, skip: int = 0) -> Iterator[Line]:
        """(number, line) after the first, from a place in the text and the lines before it."""
        start = self._rest + 1 if start is None else start
        for number in self._numbers[skip:]:
            end = self.text.find(b"\n", start)
            end = len(self.text) if end < 0 else end
            yield number, bytes(self.text[start:end])
            start = end + 1

    def after_broken(self, decode: Decode) -> Iterator[Line]:
        """What to read again after a broken document. Of a pretty-printed one, only what looks like a new document."""
        if len(self._numbers) <= 2:
            return self._lines()
        start = self._rest + 1
        for index, (_, line) in enumerate(self._lines()):
            if line.startswith(b'{"resourceType"') or _is_resource(line, decode):
                return self._lines(start, index)
            start += len(line) + 1
        return iter(())


def _is_resource(line: bytes, decode: Decode) -> bool:
    """True for a line that holds a whole resource, in whatever order its members are."""
    if line[:1] != b"{" or line[-1:] != b"}" or b'"resourceType"' not in line:
        return False
    value = parse([line], decode)
    if isinstance(value, str) or not isinstance(value[1], dict):
        return False
    return isinstance(value_of(value[1], "resourceType"), str)


class _Depth:
    """Nesting level over lines, strings left out."""

    TOKENS = re.compile(rb'\\.|["{}\[\]]')

    def __init__(self) -> None:
        self.level = 0
        self.broken = False

    def feed(self, line: bytes | bytearray) -> None:
        """Count a line's brackets."""
        inside = False
        for match in self.TOKENS.finditer(line):
            token = match.group()
            if token == b'"':
                inside = not inside
            elif inside or len(token) > 1:
                continue
            elif token in (b"{", b"["):
                self.level += 1
            else:
                self.level -= 1
                self.broken = self.broken or self.level < 0
        self.broken = self.broken or inside  # a string does not go over the end of a line


def _joins(line: bytes, following: bytes) -> bool:
    """Whether JSON may go on from one line to the next."""
    last, first = line[-1:], following[:1]
    if last == b"{":
        return first in (b'"', b"}")
    if last in (b"[", b":", b","):
        return first not in (b",", b":") and not (last == b"," and first in (b"}", b"]"))
    return first in (b",", b":", b"}", b"]")
