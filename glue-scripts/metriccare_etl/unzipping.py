"""An object's bytes as a stream of lines, unzipped when the content is gzip, whatever its name says."""

import io
import zlib

GZIP_MAGIC = b"\x1f\x8b"
CHUNK = 1 << 20


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
