"""One JSON document as spans of its text: what is long is walked, not built; a Bundle costs no more than its text."""

import json
import re


def _reject_constant(_):
    raise ValueError


def decoder():
    """raw_decode(text, index) -> (value, end). Made where it is used: a scanner cannot be pickled."""
    return json.JSONDecoder(parse_constant=_reject_constant).raw_decode


_space = re.compile(r"[ \t\r\n]*")


def parse(data, decode):
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
            top, end = walk_object(decode, text, start)
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


def walk_object(decode, text, start):
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
