"""What `ledger.json` says is whole: its writes name its own attributes, and are what DynamoDB takes."""

import re

import pytest

from metriccare_ledger import schema

WRITES = schema.SCHEMA["writes"]
NAMES = {schema.HASH_KEY, *schema.ATTRIBUTES, schema.SCHEMA["slots"]["attribute"]}


def parameters_of(write):
    texts = [*write.get("set", {}).values(), *write.get("add", {}).values(), write.get("if", "")]
    return {name: 7 for text in texts for name in re.findall(r":(\w+)", text)}


@pytest.mark.parametrize("example", schema.SCHEMA["examples"], ids=lambda one: one["key"])
def test_ids_are_spelt_and_read(example):
    generation = schema.generation(example["event_ms"], example["sequencer"])
    whole = schema.item_id("file", bucket=example["bucket"], key=example["key"], generation=generation)
    assert whole == example["id"]
    parts = schema.parts_of("file", whole)
    assert parts == {"bucket": example["bucket"], "key": example["key"], "generation": generation}
    assert int(schema.parts_of("generation", generation)["event_ms"]) == example["event_ms"]
    assert schema.parts_of("file", "raw/k") is None and schema.parts_of("head", whole) is None


# a deletion is the command line's alone
@pytest.mark.parametrize("name", [name for name, write in WRITES.items() if not write.get("delete")])
def test_a_write_names_attributes_of_its_item(name):
    write = WRITES[name]
    parts = {"dataset": "patient", "slot": "patient_3", "slots": ["patient_3"]}
    if "put" in write:
        values = dict.fromkeys([*write["put"], *write.get("optional", ())], 1)
        item, condition, made = schema.put(name, values, **parameters_of(write))
        assert "#" in condition
        used = {*item, *made.names.values()}
    else:
        text, _, made = schema.update(name, parameters_of(write), parts=parts)
        assert re.fullmatch(r"((SET|REMOVE|ADD) .+?(?= SET| REMOVE| ADD|$) ?)+", text)
        used = set(made.names.values())
    mine = {one for one, rule in schema.ATTRIBUTES.items() if write["item"] in rule["items"]}
    assert {one for one in used if not schema.is_slot(one)} <= mine | {schema.HASH_KEY}
    # DynamoDB refuses placeholders that no expression has, and expressions without theirs
    if "put" not in write:
        text, condition, made = schema.update(name, parameters_of(write), parts=parts, ttl=("expires", 9))
        spoken = set(re.findall(r"[#:]\w+", f"{text} {condition or ''}"))
        assert spoken == {*made.names, *made.values}
        assert ("expires" in made.names.values()) is bool(write.get("expires"))


def test_every_attribute_is_written_by_something():
    written = set()
    for write in WRITES.values():
        for key in [*write.get("put", ()), *write.get("optional", ()), *write.get("set", {}), *write.get("add", {})]:
            written |= (
                {schema.filled(key, dataset=dataset) for dataset in schema.DATASETS} if "dataset" in key else {key}
            )
    assert set(schema.ATTRIBUTES) <= written


def test_every_state_can_be_reached_and_left():
    moves = [(state, write["to"]) for write in WRITES.values() if "to" in write for state in write["from"] or ["-"]]
    states = set(schema.SCHEMA["states"])
    assert {to for _, to in moves} == states
    assert {state for state, _ in moves} == states | {"-"}


def test_indexes_stand_on_attributes_of_type_text():
    for index in schema.SCHEMA["indexes"].values():
        assert {schema.ATTRIBUTES[index[key]]["type"] for key in ("hash", "range")} == {"S"}


def test_a_whole_item_has_all_and_nothing_else():
    with pytest.raises(ValueError, match="record writes other attributes"):
        schema.put("record", {"bucket": "b"})


def test_names_in_a_write_are_all_known():
    for write in WRITES.values():
        keys = [*write.get("put", ()), *write.get("optional", ()), *write.get("set", {}), *write.get("remove", ())]
        assert {key for key in keys if "{" not in key} <= NAMES
