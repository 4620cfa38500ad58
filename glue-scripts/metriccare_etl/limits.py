"""How much of one file is held at once, and what a file is that cannot be read to its end.

A reader's memory follows from these limits and from nothing in the file: a line is held whole, a Bundle as its text,
and an object only streams through.
"""

from __future__ import annotations

import re
from typing import NamedTuple

MEGABYTE = 1_000_000
BUNDLE = re.compile(rb'"resourceType"\s*:\s*"Bundle"')
HEAD = 4096  # bytes of a line in which a Bundle says that it is one
BOMB_FROM = 32 * MEGABYTE  # inflated; below it any ratio is harmless
BOMB_RATIO = 200  # FHIR shrinks to a tenth or a fortieth; deflate's limit is 1,032


class Limits(NamedTuple):
    """In bytes. The config's `reading` has them in megabytes."""

    line: int = 60 * MEGABYTE
    bundle: int = 100 * MEGABYTE
    object: int = 5000 * MEGABYTE

    def of_line(self, head: bytes | bytearray) -> tuple[int, str]:
        """(bytes, name of the setting) for a line that begins like this."""
        if BUNDLE.search(head[:HEAD]):
            return max(self.bundle, self.line), "Bundle"
        return self.line, "line"


class Unreadable(Exception):
    """A file whose bytes cannot be read (any further). `code` is a word of ours, `text` says more, without content."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(code)
        self.code, self.text = code, text

    def __reduce__(self) -> tuple[type[Unreadable], tuple[str, str]]:
        return (Unreadable, (self.code, self.text))

    @property
    def told(self) -> str:
        """As the ledger says it."""
        return f"{self.code}: {self.text}"


def megabytes(size: int) -> str:
    """A size as people say it."""
    return f"{size / MEGABYTE:,.0f} MB" if size >= MEGABYTE else f"{size:,} bytes"


def too_large(what: str, limit: int, setting: str) -> Unreadable:
    """`what` goes beyond a limit that a setting can raise."""
    return Unreadable("too_large", f"{what} is larger than {megabytes(limit)} (reading.max{setting}Megabytes)")
