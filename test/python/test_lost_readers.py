"""A file that kills its reader: it is found out, read alone, given up after three tries; the others are not charged."""

import gzip
import json
import os
import signal

import pytest

from fhir import ndjson, patient
from metriccare_etl import ledger, opening, parsing, readers
from test_ledger import DONE, Desk

DATASETS = ("patient", "encounter", "condition")


@pytest.fixture
def desk(clients):
    return Desk(clients)


def slot(desk, run, number=0, dataset="patient"):
    marks = readers.Marks(desk.name, "file_id", run, dataset)
    return marks.slot(number, {"AWS_ENDPOINT_URL": os.environ["AWS_ENDPOINT_URL"]})


def release(desk, run):
    """As the function does at the end of a run."""
    for item in desk.files():
        if item["status"] == "claimed" and item["run_id"] == run:
            desk.dynamodb.update_item(
                TableName=desk.name,
                Key={"file_id": {"S": item["file_id"]}},
                UpdateExpression="SET #s = :r REMOVE lease_owner, lease_until",
                ExpressionAttributeNames={"#s": "status"},
                ExpressionAttributeValues={":r": {"S": "received"}},
            )


def state(desk):
    return [(f["status"], int(f["attempt"]), int(f.get("lost", 0)), f.get("error")) for f in desk.files()]


def test_when_nobody_is_left_the_next_run_knows_what_was_being_read(desk):
    """Worker, script and Spark are killed: only the file in the slot is charged with that try."""
    desk.receive(3)
    for number in range(3):
        run = f"wr_{number}"
        held = desk.job(run).freeze(100)
        assert len(held) == 3
        bad = sorted(held, key=lambda item: item["file_id"])[1]
        assert bad["lost" if number else "attempt"] == (number or 1)
        slot(desk, run).begin(bad["file_id"])  # and then the power went off
        if number == 1:
            desk.now += ledger.LEASE_SECONDS + 1  # nobody told the end of this run
        else:
            release(desk, run)
    good = desk.job("wr_3").freeze(100)
    assert [int(item["attempt"]) for item in good] == [1, 1]
    told = sorted(state(desk), key=lambda row: row[0])
    assert told[0][0] == told[1][0] == "claimed"
    assert told[2][:3] == ("failed", 3, 3) and told[2][3].startswith("reader_lost: ")
    assert all("pending" not in item for item in desk.files() if item["status"] == "failed")
    assert desk.items()["READING#wr_3"]["failed_files"] == 1


def test_what_was_read_to_its_end_is_nobodys_fault(desk):
    desk.receive(2)
    held = desk.job("wr_0").freeze(100)
    place = slot(desk, "wr_0")
    place.begin(held[0]["file_id"])
    place.begin(held[1]["file_id"])
    place.clear()
    release(desk, "wr_0")
    assert [int(item["attempt"]) for item in desk.job("wr_1").freeze(100)] == [2, 2]
    assert all("lost" not in item for item in desk.files())


def test_the_jobs_of_a_run_lose_one_try_together(desk):
    """Each of the three reads the file and dies at it at its first try: that is one try, not three."""
    desk.receive(1)
    for dataset in DATASETS:
        book = desk.job("wr_0", dataset)
        (file,) = parsing.describe_files(book.freeze(100))
        file["attempt"], file["lost"] = 1, 1
        book.lose(file)
    assert state(desk) == [("claimed", 2, 1, None)]


def test_a_job_that_is_tried_again_in_its_run_knows_what_it_died_at(desk):
    desk.receive(2)
    held = desk.job("wr_0").freeze(100)
    slot(desk, "wr_0").begin(held[0]["file_id"])
    slot(desk, "wr_0", dataset="encounter").begin(held[1]["file_id"])  # another job, alive
    book = desk.job("wr_0")
    files = book.after_a_crash(parsing.describe_files(book.freeze(100)), "patient")
    assert {file["file_id"]: file["lost"] for file in files} == {held[0]["file_id"]: 1, held[1]["file_id"]: 0}
    assert book.marks("patient") == {} and book.marks("encounter") != {}


def test_an_error_of_one_dataset_is_not_forgotten_by_the_next(desk):
    """The object was replaced between two jobs: one table lacks its rows, so it is not processed."""
    desk.receive(1)
    (item,) = desk.job("wr_1").freeze(100)
    for dataset, error in zip(DATASETS, ("object_replaced: gone", None, None), strict=True):
        desk.job("wr_1", dataset).finish(item["file_id"], dataset, {**DONE, "error": error})
    assert state(desk)[0][0] == "failed"


class Book:
    """The ledger as `read_in_turn` sees it, and workers that die at some files."""

    def __init__(self, deadly, tries=99):
        self.deadly, self.tries = deadly, dict.fromkeys(deadly, tries)
        self.rounds, self.reading, self.lost = [], {}, []

    def read(self, files):
        self.rounds.append([file["file_id"] for file in files])
        for number, file in enumerate(files):
            if self.tries.get(file["file_id"], 0) > 0:
                self.tries[file["file_id"]] -= 1
                others = {f"patient_{at}": one["file_id"] for at, one in enumerate(files)}
                self.reading = others
                raise RuntimeError(f"Task {number} in stage 1.0 failed: Python worker exited unexpectedly (crashed)")

    def marks(self, dataset):
        return dict(self.reading)

    def clear_marks(self, dataset):
        self.reading = {}

    def lose(self, file):
        self.lost.append((file["file_id"], file["lost"]))


def files_of(*names):
    return [{"file_id": name, "lost": 0, "attempt": 1, "size": 1} for name in names]


def test_the_good_are_read_first_and_suspects_alone(monkeypatch):
    monkeypatch.setattr(readers, "_spark_lives", lambda: True)
    book = Book(("b",))
    readers.read_in_turn(files_of("a", "b", "c"), book.read, book, "patient")
    assert book.rounds == [["a", "b", "c"], ["a", "c"], ["b"], ["b"]]
    assert book.lost == [("b", 1), ("b", 2), ("b", 3)]
    book = Book(("a", "b", "c"), tries=1)  # an innocent file: its worker was killed from outside
    readers.read_in_turn(files_of("a", "b", "c"), book.read, book, "patient")
    assert sorted(book.lost) == [("a", 1), ("b", 1), ("c", 1)]
    assert book.rounds[-3:] == [["a"], ["b"], ["c"]]


def test_where_every_reader_is_lost_no_file_is_to_blame(monkeypatch):
    """A node without memory: the job fails, the files keep their tries."""
    monkeypatch.setattr(readers, "_spark_lives", lambda: True)
    names = [f"f{number:02}" for number in range(40)]
    book = Book(names)
    with pytest.raises(RuntimeError):
        readers.read_in_turn(files_of(*names), book.read, book, "patient")
    assert {lost for _, lost in book.lost} == {1} and len(book.lost) <= readers.MOST_SUSPECTS
    few = Book(names[:8])
    with pytest.raises(RuntimeError):
        readers.read_in_turn(files_of(*names[:8]), few.read, few, "patient")
    assert [lost for _, lost in few.lost].count(3) == readers.MOST_GIVEN_UP
    beside_good = Book(names[:8])  # the others are read: these eight are to blame
    readers.read_in_turn(files_of(*names[:8], "good"), beside_good.read, beside_good, "patient")
    assert [lost for _, lost in beside_good.lost].count(3) == 8


def test_a_worker_lost_between_its_files_is_nobodys_fault(monkeypatch):
    """Killed when it had read all of its files, or none yet: read again, no file is charged, and not for ever."""
    monkeypatch.setattr(readers, "_spark_lives", lambda: True)
    lost = "Task 0 in stage 1.0 failed: java.net.SocketException: Connection reset"

    def dying(times):
        rounds = []

        def read(files):
            rounds.append([file["file_id"] for file in files])
            if len(rounds) <= times:
                book.reading = {"patient_1": "b"}  # of another task, which Spark ended beside the lost one
                raise RuntimeError(lost)

        return read, rounds

    book = Book(())
    read, rounds = dying(2)
    readers.read_in_turn(files_of("a", "b"), read, book, "patient")
    assert rounds == [["a", "b"]] * 3 and book.lost == [] and book.reading == {}
    read, rounds = dying(99)
    with pytest.raises(RuntimeError):
        readers.read_in_turn(files_of("a", "b"), read, book, "patient")
    assert len(rounds) == 1 + readers.MOST_AT_NOTHING and book.lost == []


def test_whatever_else_goes_wrong_is_the_jobs_failure(monkeypatch):
    monkeypatch.setattr(readers, "_spark_lives", lambda: True)

    def denied(_):
        raise RuntimeError("Task 0 in stage 1.0 failed: ReadFailed: SlowDown")

    book = Book(())
    book.reading = {"patient_1": "a"}
    with pytest.raises(RuntimeError):
        readers.read_in_turn(files_of("a"), denied, book, "patient")
    assert book.lost == []
    monkeypatch.setattr(readers, "_spark_lives", lambda: False)
    book = Book(("a",))
    with pytest.raises(RuntimeError):
        readers.read_in_turn(files_of("a"), book.read, book, "patient")
    assert book.lost == [] and book.reading != {}  # left for the next run


def deadly(words, marker):
    """`open_object` that kills its process at some keys, as often as the marker file allows."""
    original = opening.open_object

    def open_object(s3, file, limits, bucket_key=""):
        from pathlib import Path

        if any(word in file["key"] for word in words):
            left = int(Path(marker).read_text())
            if left > 0:
                Path(marker).write_text(str(left - 1))
                os.kill(os.getpid(), signal.SIGKILL)
        return original(s3, file, limits, bucket_key)

    return open_object


def test_workers_die_and_the_run_goes_on(lake, spark, tmp_path, monkeypatch, capfd):
    """Real Spark, real kills: one run reads the good files, gives up the deadly one and keeps its name to the ledger."""
    marker = tmp_path / "left"
    marker.write_text("99")
    monkeypatch.setattr(parsing, "open_object", deadly(["poison"], str(marker)))
    lake.receive(*[lake.put(f"fhir/{name}.ndjson", ndjson(patient(name))) for name in ("a", "poison-Jane", "b", "c")])
    outcome = lake.bronze("wr_1")
    found = {item["key"]: (item["status"], int(item["attempt"]), item.get("error")) for item in lake.files()}
    error = "reader_lost: the process that read it died 3 times (out of memory, or killed)"
    assert found.pop("fhir/poison-Jane.ndjson") == ("failed", 3, error)
    assert set(found.values()) == {("processed", 1, None)}
    assert sorted(row.resource_id for row in lake.rows(spark, "bronze", "patient")) == ["a", "b", "c"]
    assert outcome["patient"]["readers_lost"] == 3 and outcome["patient"]["failed"] == 1
    assert outcome["encounter"]["readers_lost"] == 0
    assert not [name for name in lake.items()["READING#wr_1"] if name.startswith("patient_")]
    assert "Jane" not in "".join(capfd.readouterr())
    # a worker that is killed once, at a good file
    marker.write_text("1")
    lake.receive(*[lake.put(f"fhir/{name}.ndjson", ndjson(patient(name))) for name in ("poison-d", "e", "f")])
    lake.bronze("wr_2")
    found = {item["key"]: (item["status"], int(item["attempt"])) for item in lake.files()}
    assert found["fhir/poison-d.ndjson"] == ("processed", 2)
    assert found["fhir/e.ndjson"] == found["fhir/f.ndjson"] == ("processed", 1)


def test_every_reading_error_beside_good_files(lake, spark, monkeypatch):
    """What S3 refuses of one object fails that file; the run goes on."""
    refusals = {
        "archived": ("InvalidObjectState", "The operation is not valid for the object's storage class"),
        "key": (
            "AccessDenied",
            "User: arn:x is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:a:1:key/k",
        ),
        "sender": ("InvalidRequest", "The object was stored using a form of Server Side Encryption. The correct"),
    }
    original = opening.open_object

    def open_object(s3, file, limits, bucket_key=""):
        from botocore.exceptions import ClientError

        for word, (code, message) in refusals.items():
            if word in file["key"]:
                s3 = type("S3", (), {})()
                error = ClientError({"Error": {"Code": code, "Message": message}}, "GetObject")
                s3.get_object = lambda error=error, **_: (_ for _ in ()).throw(error)
        return original(s3, file, limits, bucket_key)

    monkeypatch.setattr(parsing, "open_object", open_object)
    events = [lake.put(f"fhir/{word}.ndjson", ndjson(patient(word))) for word in (*refusals, "a", "b")]
    lake.receive(*events, lake.put("fhir/doc.pdf", b"%PDF-1.7 x"), lake.put("fhir/long", "x" * 5_000_000))
    outcome = lake.bronze("wr_1", max_line_megabytes="1")
    found = {item["key"][5:]: (item["status"], str(item.get("error")).split(":")[0]) for item in lake.files()}
    assert found == {
        "archived.ndjson": ("failed", "archived"),
        "key.ndjson": ("failed", "key_denied"),
        "sender.ndjson": ("failed", "customer_key"),
        "doc.pdf": ("failed", "not_text"),
        "long": ("failed", "too_large"),
        "a.ndjson": ("processed", "None"),
        "b.ndjson": ("processed", "None"),
    }
    assert outcome["patient"]["failed"] == 5
    assert lake.items()["READING#wr_1"]["failed_files"] == 5
    assert json.loads(lake.rows(spark, "bronze", "patient")[0].resource)


POISON = {  # what each ends as once its reader survives it
    "bomb": ("failed", "too_large"),
    "line": ("failed", "too_large"),
    "binary": ("failed", "not_text"),
    "archived": ("failed", "archived"),
    "good": ("processed", None),
}


def deadly_once(words, folder):
    """`open_object` that kills its process the first time at each of these keys, and is refused what is archived."""
    original = opening.open_object

    def open_object(s3, file, limits, bucket_key=""):
        from pathlib import Path

        from botocore.exceptions import ClientError

        word = next((word for word in words if f"poison-{word}" in file["key"]), None)
        if word and not Path(folder, word).exists():
            Path(folder, word).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        if word == "archived":
            refused = {"Code": "InvalidObjectState", "Message": "The operation is not valid for the object's class"}
            s3 = type("S3", (), {})()
            s3.get_object = lambda **_: (_ for _ in ()).throw(ClientError({"Error": refused}, "GetObject"))
        return original(s3, file, limits, bucket_key)

    return open_object


@pytest.mark.long
def test_a_worker_is_killed_at_each_kind_of_poison(lake, spark, tmp_path, monkeypatch):
    """Each ends as it would have, within two tries of its own; those beside it are not charged; the next run is good."""
    monkeypatch.setattr(parsing, "open_object", deadly_once(list(POISON), str(tmp_path)))
    bodies = {
        "bomb": gzip.compress(b"\0" * 100_000_000),
        "line": ndjson(patient("l", text={"div": "x" * 2_000_000})),
        "binary": b"%PDF-1.7 x",
        "archived": ndjson(patient("archived")),
        "good": ndjson(patient("good")),
    }
    events = [lake.put(f"fhir/poison-{word}", body) for word, body in bodies.items()]
    lake.receive(*events, *[lake.put(f"fhir/{name}.ndjson", ndjson(patient(name))) for name in "abc"])
    lake.bronze("wr_1", max_line_megabytes="1")
    found = {item["key"].removeprefix("fhir/"): item for item in lake.files()}
    for name in "abc":
        assert (found[f"{name}.ndjson"]["status"], int(found[f"{name}.ndjson"]["attempt"])) == ("processed", 1)
    for word, expected in POISON.items():
        item = found[f"poison-{word}"]
        assert (item["status"], item["error"].split(":")[0] if "error" in item else None) == expected, word
        # a task that dies while Spark ends it beside another lost one is not charged
        assert int(item["attempt"]) in (1, 2), word
    assert sorted(row.resource_id for row in lake.rows(spark, "bronze", "patient")) == ["a", "b", "c", "good"]
    lake.receive(lake.put("fhir/d.ndjson", ndjson(patient("d"))))
    outcome = lake.bronze("wr_2")
    assert outcome["patient"]["files"] == outcome["patient"]["rows"] == 1 and outcome["patient"]["readers_lost"] == 0
    assert {item["key"]: item["status"] for item in lake.files()}["fhir/d.ndjson"] == "processed"
