"""Files that are made to hurt their reader: each ends with a reason, in memory that does not grow with them."""

import gzip
import io
import json
import subprocess
import sys

import pytest

from fhir import bundle, patient
from metriccare_etl import bronze, parsing
from metriccare_etl.limits import MEGABYTE, Limits
from metriccare_etl.reading import read_records
from metriccare_etl.records import Broken, Found

SMALL = Limits(line=MEGABYTE // 10, bundle=MEGABYTE // 5, object=3 * MEGABYTE)
LINE = json.dumps(patient("a"))


def told(data, limits=SMALL):
    """Ids of what was found; (line, entry, reason) of what was broken."""
    records = read_records(io.BytesIO(data if isinstance(data, bytes) else data.encode()), limits)
    return [tuple(one) if isinstance(one, Broken) else one.resource_id for one in records]


def error_of(data, limits=SMALL):
    """What the ledger says of such a file, and how many records were read of it."""
    data = data if isinstance(data, bytes) else data.encode()
    file = {"file_id": "raw/x#1700000000000-0", "generation": "1700000000000-0"}
    *_, line = parsing.parse_body(io.BytesIO(data), file, "patient", limits)
    return bronze.error_of(line[7]), line[8]["records"]


LONG = json.dumps(patient("long", text={"div": "x" * 150_000}))
PRETTY_BUNDLE = json.dumps(bundle(*[patient(f"p{n}") for n in range(900)]), indent=1)
POISON = {
    "a long line": (
        f"{LINE}\n{LONG}\n{LINE}",
        ["a", (2, 0, "too_large")],
        "too_large: line 2 is larger than 100,000 bytes (reading.maxLineMegabytes)",
    ),
    "a line without an end": ("x" * 5_000_000, [(1, 0, "too_large")], "too_large: line 1 is larger"),
    "a Bundle on one line": (
        json.dumps(bundle(*[patient(f"p{n}", note="y" * 300) for n in range(900)])),
        [(1, 0, "too_large")],
        "too_large: line 1 is larger than 200,000 bytes (reading.maxBundleMegabytes)",
    ),
    "a Bundle over many lines": (
        json.dumps(bundle(*[patient(f"p{n}") for n in range(3000)]), indent=1),
        None,
        "too_large: the document that begins on line 1 is larger than 200,000 bytes (reading.maxBundleMegabytes)",
    ),
    "an object": (
        (LINE + "\n") * 60_000,
        None,
        "too_large: the object is larger than 3 MB (reading.maxObjectMegabytes)",
    ),
    "an unzipped object": (
        gzip.compress(((LINE + "\n") * 60_000).encode()),
        None,
        "too_large: the unzipped content is larger than 3 MB (reading.maxObjectMegabytes)",
    ),
    "gzip inside gzip": (
        gzip.compress(gzip.compress(b"x" * 100)),
        [(1, 0, "not_text")],
        "not_text: its content is gzip",
    ),
    "a cut gzip": (gzip.compress((LINE + "\n").encode() * 500)[:-30], None, "gzip_truncated: the gzip data ends"),
    "a PDF": (b"%PDF-1.7\n%\xe2\xe3\n" * 5000, [(1, 0, "not_text")], "not_text: its content is a PDF"),
    "Parquet": (b"PAR1" + bytes(range(256)) * 50, [(1, 0, "not_text")], "not_text: its content is a Parquet file"),
    "a zip": (b"PK\x03\x04" + bytes(range(256)) * 50, [(1, 0, "not_text")], "not_text: its content is a zip archive"),
    "UTF-16": ((LINE + "\n").encode("utf-16") * 3, None, "not_text: its bytes are not UTF-8"),
}


@pytest.mark.parametrize("name", POISON)
def test_poison_ends_with_a_reason(name):
    data, expected, error = POISON[name]
    found = told(data)
    if expected is not None:
        assert found == expected
    else:
        assert isinstance(found[-1], tuple)
    assert error_of(data)[0].startswith(error)


def test_what_came_before_the_place_is_read():
    assert error_of(f"{LINE}\n{LONG}\n{LINE}")[1] == 2
    assert told(gzip.compress(f"{LINE}\n{LONG}".encode()))[0] == "a"


def test_within_the_limits_nothing_changes():
    whole = json.dumps(bundle(*[patient(f"p{n}") for n in range(900)]))
    assert len(told(whole, Limits(line=1000, bundle=MEGABYTE))) == 900
    assert len(told(PRETTY_BUNDLE, Limits(line=1000, bundle=MEGABYTE))) == 900
    exact = Limits(line=len(LINE), bundle=len(LINE), object=len(LINE))
    assert told(LINE, exact) == ["a"]


def test_random_bytes_are_given_up_early():
    import random

    data = random.Random(4).randbytes(2_000_000)
    error, records = error_of(data, Limits())
    assert error.startswith("not_text") and records <= parsing.BINARY_AFTER


def test_a_record_with_a_million_members_is_too_large_and_its_neighbours_are_read():
    many = json.dumps({**patient("many"), "extension": [0] * 2_500_000})
    data = f"{LINE}\n{many}\n{LINE}"
    assert told(data, Limits()) == ["a", (2, 0, "too_large"), "a"]
    entries = ",".join('{"resource":' + LINE.replace('"a"', f'"{n}"') + "}" for n in range(20_000))
    assert len(told('{"resourceType":"Bundle","entry":[' + entries + "]}", Limits())) == 20_000


def test_long_values_are_read_as_short_ones_are():
    """A Bundle that is walked in windows: every kind of value at every place of a window's edge."""
    values = [
        "x" * 40_000,
        12345678901234567890,
        -1.5e10,
        True,
        None,
        [],
        {},
        [[1, "]"], {"a": "\\"}],
        "\u00e9\U0001f600",
    ]
    people = [patient(f"p{n}", note=values[n % len(values)], pad="z" * (n * 7919 % 33_000)) for n in range(400)]
    found = list(read_records(io.BytesIO(json.dumps(bundle(*people), ensure_ascii=False).encode()), Limits()))
    assert [json.loads(one.text) for one in found] == people
    deep = patient("deep", a={"b": {"c": ["y" * 10_000_000]}, "n": [0] * 50_000})
    (one,) = read_records(io.BytesIO(json.dumps(deep).encode()), Limits())
    assert isinstance(one, Found) and json.loads(one.text) == deep
    broken = json.dumps(deep)[:-1] + ",}"
    (one,) = read_records(io.BytesIO(broken.encode()), Limits())
    assert one.reason == "not_json"


# --- memory ---

MEASURE = """
import io, resource, sys, zlib, json
from metriccare_etl import parsing
from metriccare_etl.limits import Limits

class Body:
    def __init__(self, pieces):
        self.pieces, self.rest = iter(pieces), b""
    def read(self, size=-1):
        while not self.rest:
            self.rest = next(self.pieces, None)
            if self.rest is None:
                self.rest = b""
                return b""
        piece, self.rest = self.rest[:size], self.rest[size:]
        return piece

def zipped(pieces):
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 31)
    for piece in pieces:
        out = squeeze.compress(piece)
        if out:
            yield out
    yield squeeze.flush()

MB = 1 << 20
line = b'{"resourceType":"Patient","id":"a","x":"' + b"x" * 2000 + b'"}\\n'
CASES = {
    "bomb of zeros": lambda: zipped(b"\\0" * MB for _ in range(1024)),
    "bomb of lines": lambda: zipped(line * (MB // len(line)) for _ in range(1024)),
    "line of 1 GB": lambda: (b"x" * MB for _ in range(1024)),
    "line of 200 MB": lambda: (b'{"resourceType":"Patient","id":"' + b"x" * MB, *[b"x" * MB] * 199, b'"}'),
    "lists at the limit": lambda: (b'{"resourceType":"Patient","id":"a","x":[[]', *[b",[]" * (MB // 3)] * 56, b"]}"),
    "words at the limit": lambda: (b'{"resourceType":"Patient","id":"a","x":["ab"', *[b',"ab"' * (MB // 5)] * 56, b"]}"),
    "members at the limit": lambda: (b'{"resourceType":"Patient","id":"a"', *[b"".join(b',"%07d":{}' % n for n in range(MB // 13)) for _ in range(50)], b"}"),
    "cut off at the limit": lambda: (b'{"resourceType":"Patient","id":"a","x":["ab"', *[b',"ab"' * (MB // 5)] * 56),
    "brackets": lambda: (b"[" * MB for _ in range(56)),
    "escapes": lambda: (b'{"a":"', *[b'\\\\"' * (MB // 2)] * 56),
    "short lines of one document": lambda: (b'{"x":[\\n', *[b"1,\\n" * (MB // 3)] * 30),
    "wide characters": lambda: (b'{"resourceType":"Patient","id":"a","x":"', *["\\U0001f600".encode() * (MB // 4)] * 56, b'"}'),
    "a Bundle at the limit": lambda: (b'{"resourceType":"Bundle","entry":[{}', *[b',{"resource":{"resourceType":"Patient","id":"a","x":"' + b"x" * 450 + b'"}}'] * 180_000, b"]}"),
    "a large entry": lambda: (b'{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient","id":"a","x":"', *[b"x" * MB] * 56, b'"}}]}'),
}
import pickle
LIMITS = Limits(bundle=20 * MB) if sys.argv[1].startswith("short lines") else Limits()
file = {"file_id": "b/k#1", "generation": "1"}
last = None
for batch in parsing.batches(parsing.parse_body(Body(CASES[sys.argv[1]]()), file, "patient", LIMITS)):
    last = batch[0][-1]
    pickle.dumps([batch], protocol=5)
    del batch
print(json.dumps([resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, last[7], last[8]["records"]]))
"""
BOMBS = {
    "bomb of zeros": "too_large",
    "bomb of lines": "too_large: a gzip bomb",
    "line of 1 GB": "too_large",
    "line of 200 MB": "too_large: line 1",
    "lists at the limit": "too_large",
    "words at the limit": "too_large",
    "members at the limit": "too_large",
    "cut off at the limit": "too_large",
    "brackets": "too_deep",
    "escapes": "not_json",
    "short lines of one document": "too_large",
    "wide characters": None,
    "a Bundle at the limit": None,
    "a large entry": None,
}


@pytest.mark.parametrize("name", BOMBS)
def test_memory_stays_bounded_at_real_sizes(name):
    """Each in a process of its own, as a worker has it: below 700 MB, whatever the file is."""
    import os

    path = os.pathsep.join(entry for entry in sys.path if entry)
    run = subprocess.run(
        [sys.executable, "-c", MEASURE, name],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "PYTHONPATH": path},
        check=False,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    megabytes, error, _ = json.loads(run.stdout)
    assert megabytes < 700
    assert error is None if BOMBS[name] is None else error.startswith(BOMBS[name])
