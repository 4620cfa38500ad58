"""Messy files: what is readable is read, what is broken is named by line and reason, and nothing of it is quoted."""

import gzip
import io
import json
import random

import pytest

from fhir import bundle, encounter, patient
from metriccare_etl.reading import read_records
from metriccare_etl.records import Broken, Found, Gone, Skipped

P = {key: json.dumps(patient(key)) for key in "abcdef"}


def records(data):
    data = data.encode() if isinstance(data, str) else data
    return list(read_records(io.BytesIO(data)))


def told(data):
    """Ids of what was found, (line, entry, reason) of what was broken, 'skipped' for the rest, in order."""
    words = []
    for record in records(data):
        if isinstance(record, Found):
            words.append(record.resource_id or record.kind)
        elif isinstance(record, Broken):
            words.append(tuple(record))
        elif isinstance(record, Gone):
            words.append(f"-{record.kind}/{record.resource_id} {record.when}".strip())
        else:
            assert isinstance(record, Skipped)
            words.append("skipped")
    return words


PRETTY = json.dumps(patient("x", name=[{"family": "Doe", "given": ["J", "{", '"']}]), indent=2)
BUNDLE = bundle(patient("x"), encounter("y", "x", "2023-01-01"), {"resourceType": "Organization", "id": "o"})
CUT = P["b"][:30]


def gone(*urls, **more):
    """A Bundle that deletes."""
    entries = [{"request": {"method": "DELETE", "url": url}} for url in urls]
    return {"resourceType": "Bundle", "entry": entries, **more}


SPELLED = ("Patient/a", "/Encounter/b", "https://x.example/fhir/Condition/c/_history/4", "Patient/d?_cascade=delete")
UNREAD = ("Observation/o", "Observation?code=x", "urn:uuid:u", "", "o", None)

CASES = {
    "ndjson": (P["a"] + "\n" + P["b"] + "\n", ["a", "b"]),
    "no newline at the end": (P["a"] + "\n" + P["b"], ["a", "b"]),
    "crlf": (P["a"] + "\r\n" + P["b"] + "\r\n", ["a", "b"]),
    "blank lines": ("\n\n" + P["a"] + "\n \t\n" + P["b"] + "\n\n", ["a", "b"]),
    "bom": ("\ufeff" + P["a"] + "\n" + P["b"], ["a", "b"]),
    "bom alone": ("\ufeff", []),
    "empty": ("", []),
    "only blanks": (" \n\r\n\t", []),
    "truncated in a string": (P["a"] + "\n" + CUT + "\n" + P["c"], ["a", (2, 0, "not_json"), "c"]),
    "truncated at the end": (P["a"] + "\n" + CUT, ["a", (2, 0, "not_json")]),
    "truncated after a colon": ('{"resourceType":\n' + P["b"] + "\n" + P["c"], [(1, 0, "not_json"), "b", "c"]),
    "truncated after a comma": (
        '{"resourceType":"Patient",\n' + P["b"] + "\n" + P["c"],
        [(1, 0, "not_json"), "b", "c"],
    ),
    "truncated after a bracket": (
        '{"name":[\n' + P["b"] + "\n" + P["c"] + "\n" + P["d"],
        [(1, 0, "not_json"), "b", "c", "d"],
    ),
    "truncated last but one": (P["a"] + '\n{"name":[\n' + P["c"], ["a", (2, 0, "not_json"), "c"]),
    "garbage": (
        "hello\n" + P["a"] + "\n}\n42\nnull\n",
        [(1, 0, "not_json"), "a", *[(n, 0, "not_json") for n in (3, 4, 5)]],
    ),
    "no resource": ('{"a":1}\n{}\n[]\n' + P["a"], [(1, 0, "not_a_resource"), (2, 0, "not_a_resource"), "a"]),
    "unknown types": (
        '{"resourceType":"Observation","id":"1"}\n{"resourceType":"OperationOutcome"}',
        ["1", "OperationOutcome"],
    ),
    "no id": ('{"resourceType":"Patient"}\n' + P["a"], [(1, 0, "no_id"), "a"]),
    "numeric id": ('{"resourceType":"Patient","id":7}', ["7"]),
    "trailing data": (P["a"] + " x\n" + P["b"], [(1, 0, "not_json"), "b"]),
    "NaN": ('{"resourceType":"Patient","id":"a","x":NaN}\n' + P["b"], [(1, 0, "not_json"), "b"]),
    "deep": ("[" * 100_000 + "\n" + P["b"], [(1, 0, "too_deep"), "b"]),
    "pretty resource": (PRETTY, ["x"]),
    "pretty, crlf": (PRETTY.replace("\n", "\r\n"), ["x"]),
    "pretty, tabs": (json.dumps(patient("x"), indent="\t"), ["x"]),
    "pretty, not indented": (json.dumps(patient("x", name=[{"a": [1, {}]}]), indent=0), ["x"]),
    "two pretty resources": (PRETTY + "\n" + PRETTY.replace('"x"', '"z"'), ["x", "z"]),
    "pretty after ndjson": (P["a"] + "\n" + PRETTY + "\n" + P["b"], ["a", "x", "b"]),
    "pretty, truncated": (PRETTY[:-20], [(1, 0, "not_json")]),
    "pretty, truncated, then ndjson": (PRETTY[:-20] + "\n" + P["b"] + "\n" + P["c"], [(1, 0, "not_json"), "b", "c"]),
    "bundle": (json.dumps(BUNDLE), ["x", "y", "o"]),
    "pretty bundle": (json.dumps(BUNDLE, indent=4), ["x", "y", "o"]),
    "bundle, one entry a line": (json.dumps(BUNDLE).replace('{"fullUrl', '\n{"fullUrl'), ["x", "y", "o"]),
    "two bundles": (json.dumps(BUNDLE) + "\n" + json.dumps(bundle(patient("q"))), ["x", "y", "o", "q"]),
    "type after the entries": (json.dumps({"entry": BUNDLE["entry"], "resourceType": "Bundle"}), ["x", "y", "o"]),
    "bundle in a bundle": (
        json.dumps({"resourceType": "Bundle", "entry": [{"resource": BUNDLE}, {"resource": patient("q")}]}),
        ["x", "y", "o", "q"],
    ),
    "empty bundle": ('{"resourceType":"Bundle"}\n{"resourceType":"Bundle","entry":[]}', []),
    "id by fullUrl": (
        '{"resourceType":"Bundle","entry":[{"fullUrl":"urn:uuid:u","resource":{"resourceType":"Patient"}}]}',
        ["u"],
    ),
    "deletions": (
        json.dumps(gone(*SPELLED, timestamp="2023-01-01T00:00:00Z")),
        [f"-{name} 2023-01-01T00:00:00Z" for name in ("Patient/a", "Encounter/b", "Condition/c", "Patient/d")],
    ),
    "deletions of what nobody reads": (json.dumps(gone(*UNREAD)), ["skipped"] * 6),
    "deletions by a search, of nothing": (
        json.dumps(gone("Patient?identifier=s|v", "https://x.example/Encounter?patient=a", "Patient", "Patient/")),
        [(1, 1, "conditional_delete"), (1, 2, "conditional_delete"), (1, 3, "no_id"), (1, 4, "no_id")],
    ),
    "the time of a deletion": (
        "\n".join(
            json.dumps(gone("Patient/a", **more))
            for more in (
                {"timestamp": "2023", "meta": {"lastUpdated": "2022-01-01T00:00:00Z"}},
                {"timestamp": "2021-01-01T00:00:00Z", "meta": {"lastUpdated": "2022-01-01T00:00:00Z"}},
                {"timestamp": 4, "meta": {"lastUpdated": "soon"}},
                {
                    "timestamp": "2020-01-01T00:00:00Z",
                    "entry": [{"resource": gone("Patient/b")}, *gone("Patient/a")["entry"]],
                },
                {
                    "entry": [
                        {"resource": gone("Patient/b", timestamp="2019-01-01T00:00:00Z")},
                        *gone("Patient/a")["entry"],
                    ]
                },
            )
        ),
        [
            "-Patient/a 2022-01-01T00:00:00Z",
            "-Patient/a 2021-01-01T00:00:00Z",
            "-Patient/a",
            "-Patient/b 2020-01-01T00:00:00Z",
            "-Patient/a 2020-01-01T00:00:00Z",
            "-Patient/b 2019-01-01T00:00:00Z",
            "-Patient/a",
        ],
    ),
    "a deletion with a resource": (
        '{"resourceType":"Bundle","entry":[{"resource":'
        + P["b"]
        + ',"request":{"method":"DELETE","url":"Patient/a"}}]}',
        ["-Patient/a"],
    ),
    "other requests": (
        '{"resourceType":"Bundle","entry":[{"resource":' + P["b"] + ',"request":{"method":"PUT","url":"Patient/b"}},'
        '{"request":{"method":"GET","url":"Patient/a"}},{"request":"DELETE"},{"request":{"method":"delete","url":"Patient/a"}}]}',
        ["b", "skipped", "skipped", "skipped"],
    ),
    "broken entries": (
        '{"resourceType":"Bundle","entry":[1,{"resource":null},{"resource":{}},{"resource":{"resourceType":"Patient"}},'
        + '{"resource":'
        + P["a"]
        + "}]}",
        [(1, 1, "not_a_resource"), (1, 2, "not_a_resource"), (1, 3, "not_a_resource"), (1, 4, "no_id"), "a"],
    ),
    "truncated bundle": (json.dumps(BUNDLE)[:-40], [(1, 0, "not_json")]),
    "List has entries too": ('{"resourceType":"List","id":"l","entry":[{"item":{"reference":"Patient/a"}}]}', ["l"]),
    "array of resources": (f"[{P['a']},\n{P['b']},\n1]", ["a", "b", (1, 3, "not_a_resource")]),
    "every line cut after a comma": (
        '{"resourceType":"Patient",\n' * 4000,
        [(n, 0, "not_json") for n in range(1, 4001)],
    ),
    "several cut, members in another order": (
        '{"id":"x","name":[\n' * 3 + '{"id":"b","resourceType":"Patient"}\n{"id":"c","resourceType":"Patient"}',
        [(1, 0, "not_json"), "b", "c"],
    ),
    "two on a line": (P["a"] + P["b"] + "\n" + P["c"], [(1, 0, "not_json"), "c"]),
    "old Mac lines": (P["a"] + "\r" + P["b"] + "\n" + P["c"], [(1, 0, "not_json"), "c"]),
    "line separators inside": ('{"resourceType":"Patient","id":"a","x":"\u2028\u0085"}\n' + P["b"], ["a", "b"]),
    "searchset": (json.dumps(bundle(patient("x"), kind="searchset")), ["x"]),
    "collection": (json.dumps(bundle(patient("x"), patient("y"), kind="collection")), ["x", "y"]),
    "the last of equal names": ('{"resourceType":"Patient","id":"x","id":"a"}', ["a"]),
    "huge numbers": (
        f'{{"resourceType":"Patient","id":"a","x":[1e999,-1E-999,{"9" * 400}]}}\n{{"resourceType":"Patient","id":{"7" * 100}}}',
        ["a", "7" * 100],
    ),
    "a fraction as id": (
        '{"resourceType":"Patient","id":1.5}\n{"resourceType":"Patient","id":true}',
        [(1, 0, "no_id"), (2, 0, "no_id")],
    ),
    "half a character, escaped": ('{"resourceType":"Patient","id":"a","x":"\\ud800"}', ["a"]),
    "half a character, raw": (
        b'{"resourceType":"Patient","id":"\xed\xa0\x80"}\n' + P["b"].encode(),
        [(1, 0, "not_utf8"), "b"],
    ),
    "control character in a string": (
        b'{"resourceType":"Patient","id":"a\0"}\n' + P["b"].encode(),
        [(1, 0, "not_json"), "b"],
    ),
    "latin-1": (b'{"resourceType":"Patient","id":"\xe9"}\n' + P["b"].encode(), [(1, 0, "not_utf8"), "b"]),
    "utf-16": (P["a"].encode("utf-16"), [(1, 0, "not_utf8")]),
    "nul": (b"\0\0\n" + P["b"].encode(), [(1, 0, "not_json"), "b"]),
}


@pytest.mark.parametrize("name", CASES)
def test_content(name):
    data, expected = CASES[name]
    assert told(data) == expected


@pytest.mark.parametrize("name", [name for name in CASES if isinstance(CASES[name][0], str)])
def test_the_same_zipped(name):
    data, expected = CASES[name]
    assert told(gzip.compress(data.encode())) == expected


def test_gzip_of_several_members_and_zero_padding():
    assert told(gzip.compress(P["a"].encode() + b"\n") + gzip.compress(P["b"].encode()) + b"\0" * 512) == ["a", "b"]


def test_damaged_gzip_keeps_what_came_before():
    data = gzip.compress("\n".join(P.values()).encode() * 500)
    assert told(data[:-30])[-1][2] == "gzip_truncated"
    assert told(data[:-30])[0] == "a"
    hurt = data[:40] + b"\xff\xff\xff\xff\xff\xff" + data[46:]
    assert told(hurt)[-1][2] in ("gzip_corrupt", "gzip_truncated", "not_json", "not_utf8")
    assert told(b"\x1f\x8b\x08\x00rubbish")[0][2].startswith("gzip")


def test_text_of_a_resource_is_as_it_came():
    line = '{"resourceType":"Patient", "id":"a", "x": 1.10, "y": "\\u00e9"}'
    (found,) = records('{"resourceType":"Bundle","entry":[{"resource":' + line + "}]}")
    assert found.text == line
    assert (found.line, found.entry, found.kind) == (1, 1, "Patient")


def test_lines_are_numbered_as_an_editor_does():
    found = records("\n" + P["a"] + "\n\n" + PRETTY + "\n" + P["b"])
    assert [record.line for record in found] == [2, 4, 4 + PRETTY.count("\n") + 1]


def test_a_body_that_comes_in_small_pieces():
    class Drip(io.BytesIO):
        def read(self, size=-1):
            return super().read(min(size, 3))

    assert [record.resource_id for record in read_records(Drip(("\n".join(P.values())).encode()))] == list(P)


def test_random_damage_never_raises_and_never_loses_whole_lines():
    """Bytes are cut out, put in and changed in one line: every other line is read all the same."""
    chance = random.Random(5)
    for _ in range(3000):
        lines = [P[key] for key in "abcdef"]
        hurt = chance.randrange(6)
        line = bytearray(lines[hurt].encode())
        for _ in range(chance.randrange(1, 4)):
            at = chance.randrange(len(line))
            line[at : at + chance.randrange(30)] = bytes(
                chance.choice(b'{}[]",:\\ x\xff') for _ in range(chance.randrange(3))
            )
            line = line or bytearray(b"x")
        data = b"\n".join(bytes(line) if n == hurt else text.encode() for n, text in enumerate(lines))
        found = [record.resource_id for record in records(data) if isinstance(record, Found)]
        others = [key for key in "abcdef" if key != "abcdef"[hurt]]
        assert [key for key in found if key in others] == others


def test_big_things():
    """A line of 50 MB, and a Bundle of 20,000 entries: as text, not as objects."""
    big = json.dumps(patient("big", text={"div": "x" * 50_000_000}))
    assert told(P["a"] + "\n" + big + "\n" + P["b"]) == ["a", "big", "b"]
    entries = [patient(f"p{n}", note="y" * 500) for n in range(20_000)]
    assert len(told(json.dumps(bundle(*entries)))) == 20_000
