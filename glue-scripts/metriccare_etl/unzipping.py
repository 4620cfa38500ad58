"""An object's bytes as a stream of lines, unzipped when the content is gzip, whatever its name says."""

from __future__ import annotations

import io
import zlib
from typing import Any, Protocol

from metriccare_etl.limits import BOMB_FROM, BOMB_RATIO, Limits, Unreadable, too_large

GZIP_MAGIC = b"\x1f\x8b"
CHUNK = 1 << 20


class Readable(Protocol):
    """Anything with read(n)."""

    def read(self, size: int, /) -> bytes:
        """At most so many bytes; none at the end."""
        ...


def open_bytes(body: Readable, limits: Limits | None = None) -> io.BufferedReader[Any]:
    """A buffered byte stream with readline(), unzipped when the content is gzip. `body` has read(n)."""
    limits = limits or Limits()
    stored = _Counted(body, limits.object)
    raw: io.BufferedReader[Any] = io.BufferedReader(stored, CHUNK)
    if raw.peek(2)[:2] == GZIP_MAGIC:
        return io.BufferedReader(_Counted(_Gunzip(raw), limits.object, stored), CHUNK)
    return raw


class _Counted(io.RawIOBase):
    """Anything with read(n) as a raw stream that ends when more comes out of it than a limit."""

    def __init__(self, body: Readable, limit: int, stored: _Counted | None = None) -> None:
        self._body, self._limit, self._stored = body, limit, stored
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, target: Any) -> int:
        data = self._body.read(len(target))
        target[: len(data)] = data
        self.count += len(data)
        if self.count > self._limit:
            raise too_large("the unzipped content" if self._stored else "the object", self._limit, "Object")
        if self._stored and self.count > BOMB_FROM and self.count > BOMB_RATIO * self._stored.count:
            raise Unreadable("too_large", f"a gzip bomb: it unzips to more than {BOMB_RATIO} times its size")
        return len(data)


class _Gunzip:
    """Gzip of several members; trailing zeros and garbage are as gzip(1) treats them: ignored after a whole member."""

    def __init__(self, raw: io.BufferedReader[Any]) -> None:
        self._raw = raw
        self._inflate: zlib._Decompress | None = zlib.decompressobj(31)
        self._rest = b""
        self._members = 0

    def read(self, size: int, /) -> bytes:
        while True:
            data = self._rest or self._raw.read1(CHUNK)
            self._rest = b""
            if not data:
                if self._inflate is not None and not self._inflate.eof:
                    raise Unreadable("gzip_truncated", "the gzip data ends before its end: the upload was cut off")
                return b""
            out = self._feed(data, size)
            if out:
                return out
            if self._inflate is None:
                return b""

    def _feed(self, data: bytes, size: int) -> bytes:
        inflate = self._inflate
        if inflate is None:
            return b""
        try:
            out = inflate.decompress(data, size)
        except zlib.error:
            if self._members:
                self._inflate = None
                return b""
            raise Unreadable("gzip_corrupt", "the gzip data is damaged") from None
        self._rest = inflate.unconsumed_tail
        if inflate.eof:
            self._members += 1
            self._rest = inflate.unused_data.lstrip(b"\0")
            self._inflate = zlib.decompressobj(31) if self._rest else self._next_member()
        return out

    def _next_member(self) -> zlib._Decompress | None:
        """After a whole member: another one, or the end."""
        more = self._raw.peek(2)
        return zlib.decompressobj(31) if more[:2] == GZIP_MAGIC else None
