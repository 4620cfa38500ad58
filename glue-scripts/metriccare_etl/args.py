"""Job arguments, as Glue passes them: `--name value` on the command line, with more of Glue's own among them.

Each job says in a dataclass what it takes; `parse` makes one from a command line, or says in one message all that is
wrong with it. Glue's own arguments are ignored.
"""

import dataclasses
import sys
import types
from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar, Protocol, TypeVar, Union, get_args, get_origin, get_type_hints

from metriccare_etl.safe import Problem


class Declared(Protocol):
    """A dataclass that says what a job takes."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


T = TypeVar("T", bound=Declared)
ONE_OF = "one_of"
LEAST = "least"


def one_of(names: Callable[[], Iterable[str]]) -> Any:
    """A field that takes one of these words alone. Asked when a command line is read, not when the class is made."""
    return dataclasses.field(metadata={ONE_OF: names})


def at_least(least: int, default: int) -> Any:
    """A field with a whole number from `least` on."""
    return dataclasses.field(default=default, metadata={LEAST: least})


def given(argv: Sequence[str] | None = None) -> dict[str, str]:
    """What a command line says, by name. Neither prefixes nor JOB_RUN_ID are special.

    Not awsglue's getResolvedOptions: it refuses to name JOB_RUN_ID, and before Glue 6.0 takes prefixes for names.
    """
    found: dict[str, str] = {}
    words = list(sys.argv if argv is None else argv)[1:]
    for at, word in enumerate(words):
        if not word.startswith("--"):
            continue
        name, equals, value = word[2:].partition("=")
        if equals:
            found[name] = value
        elif at + 1 < len(words) and not words[at + 1].startswith("--"):
            found[name] = words[at + 1]
    return found


def parse(kind: type[T], argv: Sequence[str] | None = None, **words: str | None) -> T:
    """The arguments of a job; `words` stand in for those that the command line does not name.

    A Problem names everything that is missing or wrong. It quotes no value but words that config files hold.
    """
    said = {**{name: word for name, word in words.items() if word is not None}, **given(argv)}
    hints = get_type_hints(kind)
    values: dict[str, Any] = {}
    wrong: list[str] = []
    for field in dataclasses.fields(kind):
        text = said.get(field.name, "")
        if text == "":
            if field.default is dataclasses.MISSING:
                wrong.append(f"--{field.name} is missing")
            continue
        try:
            values[field.name] = _value(text, hints[field.name], field.metadata)
        except ValueError as error:
            wrong.append(f"--{field.name} {error}")
    if wrong:
        raise Problem(f"arguments: {', '.join(wrong)}")
    return kind(**values)


def _value(text: str, kind: Any, metadata: Any) -> Any:
    """A text as a value of the field's type; a ValueError says what it should be."""
    if get_origin(kind) in (Union, types.UnionType):
        kind = next(one for one in get_args(kind) if one is not type(None))
    if kind is str:
        return _word(text, metadata.get(ONE_OF))
    if kind is bool:
        return _yes(text)
    if kind is int:
        return _whole(text, metadata.get(LEAST, 0))
    if kind is float:
        return _positive(text)
    if get_origin(kind) is tuple:
        return tuple(word.strip() for word in text.split(",") if word.strip())
    raise TypeError(f"no argument can be a {kind}")


def _word(text: str, names: Callable[[], Iterable[str]] | None) -> str:
    if names is None:
        return text
    known = list(names())
    if text not in known:
        raise ValueError(f"is none of {' '.join(known)}")
    return text


def _yes(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError("is neither true nor false")
    return text == "true"


def _whole(text: str, least: int) -> int:
    if not text.strip().isascii() or not text.strip().isdigit() or int(text) < least:
        raise ValueError(f"is no whole number from {least} on")
    return int(text)


def _positive(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise ValueError("is no number above 0")
    return number
