"""What a Gold table's rules are: the texts of its own queries, so that nobody has to say that they have changed.

The queries are made once more, for a session that only listens, with fixed parameters: what it hears is the rules.
White space and comments do not count, and nothing of Python's version is in it.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Protocol, TypeVar

Frame = TypeVar("Frame")
Made = TypeVar("Made", covariant=True)

# A text in quotes, or white space and comments (a hint is none).
_PARTS = re.compile(
    r"""(?P<text>'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`[^`]*`)|(?P<blank>(?:\s|--[^\n]*|/\*(?!\+).*?\*/)+)""", re.DOTALL
)


class Session(Protocol[Made]):
    """A Spark session as the queries of Gold need it: Spark's own, or one that only listens."""

    def sql(self, sqlQuery: str, args: dict[str, Any] | None = None, **kwargs: Any) -> Made:  # Spark's own names
        """The rows of a query."""
        ...

    def createDataFrame(self, data: Any, schema: str) -> Made:  # noqa: N802 Spark's own name
        """Rows that a query brings along."""
        ...


class Listener:
    """Takes the place of a Spark session: keeps what it is asked for, and answers every query with itself."""

    def __init__(self) -> None:
        self.heard: list[list[Any]] = []

    def sql(self, sqlQuery: str, args: Mapping[str, Any] | None = None, **kwargs: Any) -> "Listener":
        """A query, by its text, its arguments and the names of the frames that it reads."""
        self.heard.append(["sql", normalised(sqlQuery), sorted((args or {}).items()), sorted(kwargs)])
        return self

    def createDataFrame(self, data: Iterable[Iterable[Any]], schema: str) -> "Listener":  # noqa: N802
        """Rows that a query brings along."""
        self.heard.append(["rows", [list(row) for row in data], schema])
        return self


def normalised(text: str) -> str:
    """A query with one blank where white space and comments are; texts in quotes stay as they are."""
    return _PARTS.sub(lambda part: part["text"] or " ", text).strip()


def digest(heard: list[list[Any]]) -> str:
    """A short name of what was heard."""
    return hashlib.sha256(json.dumps(heard).encode()).hexdigest()[:16]
