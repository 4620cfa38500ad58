"""What `ledger.json` says: attributes, ids, and the expressions of each write."""

import json
import pkgutil
import re
from datetime import datetime, timezone

SCHEMA = json.loads(pkgutil.get_data(__name__, "ledger.json"))
HASH_KEY = SCHEMA["key"]["attribute"]
EXPIRY = SCHEMA["expiry"]["attribute"]
ATTRIBUTES = SCHEMA["attributes"]
DATASETS = tuple(SCHEMA["datasets"])

_FIELD = re.compile(r"\{(\w+)\}")
# literals, parameters, numbers, and names that are neither functions nor operators
_TOKEN = re.compile(r"'(?P<text>[^']*)'|(?P<parameter>:\w+)|\b(?P<number>\d+)\b|\b(?P<name>[a-z]\w*)\b(?!\()")


# --- ids ---


def item_id(kind, **parts):
    """The key of an item of this kind: `item_id("run", run_id=…)`."""
    return _FIELD.sub(lambda field: str(parts[field[1]]), SCHEMA["ids"][kind])


def padded(part, value):
    """A part of an id at its full width."""
    rule = SCHEMA["parts"][part]
    return str(value).rjust(rule["width"], "0") if rule["side"] == "left" else str(value).ljust(rule["width"], "0")


def generation(event_ms, sequencer):
    """How a generation is spelt: sorts as text by time, then by S3's own order."""
    return item_id("generation", event_ms=padded("event_ms", event_ms), sequencer=padded("sequencer", sequencer))


def parts_of(kind, text):
    """The parts of an id, or None when it is none of this kind."""
    found = re.fullmatch(_pattern(kind), text, re.DOTALL)
    return found.groupdict() if found else None


def _pattern(kind):
    pieces = _FIELD.split(SCHEMA["ids"][kind])
    return "".join(
        f"(?P<{piece}>{SCHEMA['parts'][piece]['pattern']})" if odd % 2 else re.escape(piece)
        for odd, piece in enumerate(pieces)
    )


def iso_utc(moment):
    """ISO-8601 UTC with milliseconds, as the ledger's times are written: they compare as text."""
    return datetime.fromtimestamp(moment, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


# --- attributes ---


def filled(template, **parts):
    """An attribute whose name holds a part: `filled("rows_{dataset}", dataset=…)`."""
    return _FIELD.sub(lambda field: str(parts[field[1]]), template)


def slot_name(dataset, number):
    """The attribute of one task."""
    return filled(SCHEMA["slots"]["attribute"], dataset=dataset, number=number)


def is_slot(name, dataset=None):
    """Whether an attribute is the place of a task (of this dataset's job)."""
    return any(re.fullmatch(slot_name(one, r"\d+"), name) for one in ([dataset] if dataset else DATASETS))


# --- writes ---


class Expression:
    """An expression as DynamoDB takes it: every attribute behind a `#name`, since many are reserved words."""

    def __init__(self, hash_key, parameters):
        self._hash_key = hash_key
        self._parameters = parameters
        self.names, self.values = {}, {}

    def text(self, plain):
        """The text with its placeholders."""
        return _TOKEN.sub(self._placed, plain)

    def _placed(self, token):
        kind, word = token.lastgroup, token[token.lastgroup]
        if kind == "name":
            return self.name(word)
        if kind == "parameter":
            return self.value(word[1:], self._parameters[word[1:]])
        return self.value(f"is_{word}", int(word) if kind == "number" else word)

    def name(self, attribute):
        """The placeholder of an attribute."""
        self.names[f"#{attribute}"] = self._hash_key if attribute == HASH_KEY else attribute
        return f"#{attribute}"

    def value(self, name, value):
        """The placeholder of a value."""
        self.values[f":{name}"] = value
        return f":{name}"


def update(name, parameters, hash_key=HASH_KEY, ttl=None, parts=None):
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


def _listed(template, parts):
    """One attribute, or all of a part that is a list."""
    found = _FIELD.fullmatch(template)
    value = parts[found[1]] if found else filled(template, **parts)
    return value if isinstance(value, list) else [value]


def put(name, values, hash_key=HASH_KEY, **parameters):
    """The write `name` of the schema as a whole item: (item without its key, condition, names and values)."""
    write = SCHEMA["writes"][name]
    wanted = set(write["put"])
    if not wanted <= set(values) <= wanted | set(write.get("optional", ())):
        raise ValueError(f"{name} writes other attributes")
    fixed = {key: _literal(text) for key, text in write.get("set", {}).items()}
    made = Expression(hash_key, parameters)
    return {**values, **fixed}, made.text(write["if"]), made


def _literal(text):
    return int(text) if text.isdigit() else text.strip("'")
