"""What `ledger.json` says: attributes, ids, and the expressions of each write."""

import json
import pkgutil
import re
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

SCHEMA: dict[str, Any] = json.loads(pkgutil.get_data(__name__, "ledger.json") or b"")
HASH_KEY: str = SCHEMA["key"]["attribute"]
EXPIRY: str = SCHEMA["expiry"]["attribute"]
ATTRIBUTES: dict[str, Any] = SCHEMA["attributes"]
DATASETS: tuple[str, ...] = tuple(SCHEMA["datasets"])

_FIELD = re.compile(r"\{(\w+)\}")
# literals, parameters, numbers, and names that are neither functions nor operators
_TOKEN = re.compile(r"'(?P<text>[^']*)'|(?P<parameter>:\w+)|\b(?P<number>\d+)\b|\b(?P<name>[a-z]\w*)\b(?!\()")


# --- ids ---


def item_id(kind: str, **parts: object) -> str:
    """The key of an item of this kind: `item_id("run", run_id=…)`."""
    return _FIELD.sub(lambda field: str(parts[field[1]]), SCHEMA["ids"][kind])


def padded(part: str, value: object) -> str:
    """A part of an id at its full width."""
    rule = SCHEMA["parts"][part]
    return str(value).rjust(rule["width"], "0") if rule["side"] == "left" else str(value).ljust(rule["width"], "0")


def generation(event_ms: int, sequencer: str) -> str:
    """How a generation is spelt: sorts as text by time, then by S3's own order."""
    return item_id("generation", event_ms=padded("event_ms", event_ms), sequencer=padded("sequencer", sequencer))


def parts_of(kind: str, text: str) -> dict[str, str] | None:
    """The parts of an id, or None when it is none of this kind."""
    found = re.fullmatch(_pattern(kind), text, re.DOTALL)
    return found.groupdict() if found else None


def _pattern(kind: str) -> str:
    pieces = _FIELD.split(SCHEMA["ids"][kind])
    return "".join(
        f"(?P<{piece}>{SCHEMA['parts'][piece]['pattern']})" if odd % 2 else re.escape(piece)
        for odd, piece in enumerate(pieces)
    )


def iso_utc(moment: float) -> str:
    """ISO-8601 UTC with milliseconds, as the ledger's times are written: they compare as text."""
    return datetime.fromtimestamp(moment, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


# --- attributes ---


def filled(template: str, **parts: object) -> str:
    """An attribute whose name holds a part: `filled("rows_{dataset}", dataset=…)`."""
    return _FIELD.sub(lambda field: str(parts[field[1]]), template)


def slot_name(dataset: str, number: object) -> str:
    """The attribute of one task."""
    return filled(SCHEMA["slots"]["attribute"], dataset=dataset, number=number)


def is_slot(name: str, dataset: str | None = None) -> bool:
    """Whether an attribute is the place of a task (of this dataset's job)."""
    return any(re.fullmatch(slot_name(one, r"\d+"), name) for one in ([dataset] if dataset else DATASETS))


# --- writes ---


class Expression:
    """An expression as DynamoDB takes it: every attribute behind a `#name`, since many are reserved words."""

    def __init__(self, hash_key: str, parameters: Mapping[str, Any]) -> None:
        self._hash_key = hash_key
        self._parameters = parameters
        self.names: dict[str, str] = {}
        self.values: dict[str, Any] = {}

    def text(self, plain: str) -> str:
        """The text with its placeholders."""
        return _TOKEN.sub(self._placed, plain)

    def _placed(self, token: re.Match[str]) -> str:
        kind = token.lastgroup or ""
        word = token[kind]
        if kind == "name":
            return self.name(word)
        if kind == "parameter":
            return self.value(word[1:], self._parameters[word[1:]])
        return self.value(f"is_{word}", int(word) if kind == "number" else word)

    def name(self, attribute: str) -> str:
        """The placeholder of an attribute."""
        self.names[f"#{attribute}"] = self._hash_key if attribute == HASH_KEY else attribute
        return f"#{attribute}"

    def value(self, name: str, value: object) -> str:
        """The placeholder of a value."""
        self.values[f":{name}"] = value
        return f":{name}"


def update(
    name: str,
    parameters: Mapping[str, Any],
    hash_key: str = HASH_KEY,
    ttl: tuple[str, int] | None = None,
    parts: Mapping[str, Any] | None = None,
) -> tuple[str, str | None, Expression]:
    """The write `name` of the schema: (update, condition or None, names, values). `ttl`: (attribute, until) or None."""
    write, parts = SCHEMA["writes"][name], parts or {}
    made = Expression(hash_key, parameters)
    optional = write.get("optional", ())
    sets = {filled(key, **parts): value for key, value in write.get("set", {}).items()}
    assigned = [
        f"{made.name(key)} = {made.text(value)}"
        for key, value in sets.items()
        if key not in optional or value[1:] in parameters
    ]
    if write.get("expires") and ttl:
        made.names["#expiry"] = ttl[0]
        assigned.append(f"#expiry = {made.value('expiry', ttl[1])}")
    removed = [made.name(key) for template in write.get("remove", ()) for key in _listed(template, parts)]
    added = [f"{made.name(key)} {made.text(value)}" for key, value in write.get("add", {}).items()]
    clauses = [("SET", assigned), ("REMOVE", removed), ("ADD", added)]
    condition = made.text(write["if"]) if "if" in write else None
    return " ".join(f"{word} {', '.join(all_of)}" for word, all_of in clauses if all_of), condition, made


def _listed(template: str, parts: Mapping[str, Any]) -> list[str]:
    """One attribute, or all of a part that is a list."""
    found = _FIELD.fullmatch(template)
    value = parts[found[1]] if found else filled(template, **parts)
    return value if isinstance(value, list) else [value]


def put(
    name: str, values: Mapping[str, Any], hash_key: str = HASH_KEY, **parameters: Any
) -> tuple[dict[str, Any], str, Expression]:
    """The write `name` of the schema as a whole item: (item without its key, condition, names and values)."""
    write = SCHEMA["writes"][name]
    wanted = set(write["put"])
    if not wanted <= set(values) <= wanted | set(write.get("optional", ())):
        raise ValueError(f"{name} writes other attributes")
    fixed = {key: _literal(text) for key, text in write.get("set", {}).items()}
    made = Expression(hash_key, parameters)
    return {**values, **fixed}, made.text(write["if"]), made


def _literal(text: str) -> str | int:
    return int(text) if text.isdigit() else text.strip("'")
