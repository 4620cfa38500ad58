"""One JSON document as spans of its text: what is long is walked, not built; a Bundle costs no more than its text."""

from __future__ import annotations

import json
import re
import sys
from array import array
from collections.abc import Callable, Iterator
from typing import Any

SMALL_WINDOW = 1 << 14  # of a long text, a value is first looked for in so many characters
LARGE_WINDOW = 1 << 22  # a list or object beyond it is walked: built, it would need up to forty times its text
MAX_MEMBERS = 1_000_000  # of what is walked and no Bundle
NEEDED = frozenset(
    ("resourceType", "id", "meta", "entry", "resource", "fullUrl", "request", "timestamp", "transactionTime", "output")
)
MAX_TEXT_BYTES = 256 << 20  # in memory: one character beyond U+FFFF makes each of a text's four bytes


Decode = Callable[[str, int], tuple[Any, int]]
Members = dict[str, tuple[Any, int, int]]  # of an object: value (None when it is too long to be built), start, end


class TooLarge(ValueError):
    """A document that would need too much memory."""


def _reject_constant(_: str) -> Any:
    raise ValueError


def decoder() -> Decode:
    """raw_decode(text, index) -> (value, end). Made where it is used: a scanner cannot be pickled."""
    return json.JSONDecoder(parse_constant=_reject_constant).raw_decode


# matches anywhere, if only nothing: it never is None
_space: Callable[[str, int], re.Match[str]] = re.compile(r"[ \t\r\n]*").match  # type: ignore[assignment]


class Spans:
    """(start, end) of many elements, at 16 bytes each."""

    def __init__(self) -> None:
        self._bounds = array("Q")

    def append(self, start: int, end: int) -> None:
        """One more element."""
        self._bounds.append(start)
        self._bounds.append(end)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        bounds = iter(self._bounds)
        return zip(bounds, bounds, strict=False)


Top = Members | Spans  # what the top level of a document holds


def parse(held: list[bytes | bytearray], decode: Decode) -> tuple[str, Top] | str:
    """One document as `(text, value)`, or the reason why not. `held` is a list with its bytes, which are taken out.

    `value` is what the top level holds, with Bundle entries as spans of the text: a Bundle of any length costs its
    text, not its objects. Bytes and text of a long document are not held side by side for longer than it takes.
    """
    try:
        text = held[-1].decode("utf-8")
    except UnicodeDecodeError:
        return "not_utf8"
    if sys.getsizeof(text) > MAX_TEXT_BYTES:
        return "too_large"
    top: Top
    try:
        start = _space(text, 0).end()
        if text[start] == "{":
            top, end = walk_object(decode, text, start)
        elif text[start] == "[":
            top, end = _walk_array(decode, text, start)
        else:
            return "not_json"
        if _space(text, end).end() != len(text):
            return "not_json"
        held.clear()
        return text, top
    except IndexError:
        return "incomplete"
    except TooLarge:
        return "too_large"
    except json.JSONDecodeError as error:
        return "incomplete" if error.pos >= len(text) else "not_json"
    except RecursionError:
        return "too_deep"
    except ValueError:
        return "not_json"


def value_at(decode: Decode, text: str, index: int) -> tuple[Any, int]:
    """(value, end) of the JSON value that begins here; the value is None when it is too long to be built."""
    left = len(text) - index
    if left <= LARGE_WINDOW // 4 or text[index] == '"':
        return decode(text, index)
    size = SMALL_WINDOW
    while size < min(left, LARGE_WINDOW * 2):
        try:
            value, end = decode(text[index : index + size], 0)
            if end < size:  # else it may go on: a number
                return value, index + end
        except (ValueError, IndexError):
            pass  # cut off by the window, or broken: a larger one tells
        size *= 4
    if left <= LARGE_WINDOW:
        return decode(text, index)
    if text[index] == "{":
        return None, walk_object(decode, text, index, build=False)[1]
    if text[index] == "[":
        return None, _walk_array(decode, text, index, keep=False)[1]
    return decode(text, index)


def walk_object(decode: Decode, text: str, start: int, build: bool = True) -> tuple[Members, int]:
    """What is needed of an object's members as {name: (value or None, start, end)}; `entry` is walked, not built."""
    members: Members = {}
    count = 0
    index = _space(text, start + 1).end()
    if text[index] == "}":
        return members, index + 1
    while True:
        if text[index] != '"':
            raise json.JSONDecodeError("", text, index)
        name, index = decode(text, index)
        index = _space(text, index).end()
        if text[index] != ":":
            raise json.JSONDecodeError("", text, index)
        index = _space(text, index + 1).end()
        if name == "entry" and text[index] == "[":
            value, end = _walk_array(decode, text, index, keep=build)
        else:
            value, end = value_at(decode, text, index)
        count = _counted(count)
        if build and name in NEEDED:
            members[name] = (value, index, end)
        index = _space(text, end).end()
        if text[index] == "}":
            return members, index + 1
        if text[index] != ",":
            raise json.JSONDecodeError("", text, index)
        index = _space(text, index + 1).end()


def _walk_array(decode: Decode, text: str, start: int, keep: bool = True) -> tuple[Spans, int]:
    """The spans of an array's elements; each is checked to be JSON and forgotten."""
    spans = Spans()
    count = 0
    index = _space(text, start + 1).end()
    if text[index] == "]":
        return spans, index + 1
    while True:
        _, end = value_at(decode, text, index)
        if keep:
            spans.append(index, end)
        else:
            count = _counted(count)
        index = _space(text, end).end()
        if text[index] == "]":
            return spans, index + 1
        if text[index] != ",":
            raise json.JSONDecodeError("", text, index)
        index = _space(text, index + 1).end()


def _counted(count: int) -> int:
    if count >= MAX_MEMBERS:
        raise TooLarge
    return count + 1


def heavy(text: str) -> bool:
    """True for a long text that, built by whoever reads it later, would have more than a million members."""
    return len(text) > LARGE_WINDOW and sum(map(text.count, ",[{")) > MAX_MEMBERS
