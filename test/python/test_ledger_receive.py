"""The receiving half of the ledger: events of one key in any order, with duplicates, end in the same generations."""

import itertools
import random
import threading

import pytest

from arrivals import Arrival, BadRecord, is_marker, parse_record
from key_history import place_arrival
from lake import create_ledger, s3_event, scan
from ledger_receive import Receiver

BUCKET = "raw"


def arrival(sequence, content, key="k", when=None):
    when = 1_700_000_000_000 + sequence if when is None else when
    return Arrival(BUCKET, key, content, len(content), f"v{sequence}", f"{sequence:024X}", when)


def placed(events):
    runs, born = [], []
    for event in events:
        runs, new = place_arrival(runs, event)
        born += new
    return runs, born


def runs_of(contents):
    return [content for content, _ in itertools.groupby(contents)]


def test_events_2_1_1_2_of_two_contents_are_two_generations():
    one, two = arrival(1, "a"), arrival(2, "b")
    runs, born = placed([two, one, one, two])
    assert {event.file_id for event in born} == {one.file_id, two.file_id}
    assert runs[-1]["rep"] == two


def test_same_content_again_is_no_generation():
    runs, born = placed([arrival(1, "a"), arrival(3, "a")])
    assert len(born) == 1
    assert runs[-1]["events"][-1].sequencer.endswith("3")


def test_late_event_between_equal_ones_makes_both_generations():
    a1, b2, a3 = arrival(1, "a"), arrival(2, "b"), arrival(3, "a")
    runs, born = placed([a1, a3, b2])
    assert [event.file_id for event in born] == [a1.file_id, b2.file_id, a3.file_id]
    assert [run["rep"] for run in runs] == [a1, b2, a3]


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_every_order_of_four_events(order):
    contents = "abab"
    events = [arrival(n, contents[n]) for n in range(4)]
    runs, born = placed([events[n] for n in order])
    assert len({event.file_id for event in born}) == len(born) == 4
    assert [run["rep"] for run in runs] == events


def test_random_orders_and_duplicates():
    """As many generations as there are runs of equal content, each made once, the latest content last."""
    chance = random.Random(7)
    for _ in range(2000):
        contents = [chance.choice("abc") for _ in range(chance.randrange(1, 9))]
        events = [arrival(n, content) for n, content in enumerate(contents)]
        delivery = events + [chance.choice(events) for _ in range(chance.randrange(4))]
        chance.shuffle(delivery)
        runs, born = placed(delivery)
        assert [run["rep"].etag for run in runs] == runs_of(contents)
        assert len({event.file_id for event in born}) == len(born) == len(runs)
        reps = [run["rep"].generation for run in runs]
        assert reps == sorted(reps)


def test_sequencers_beat_clocks():
    """The event of the later sequencer has the earlier time: its generation sorts later all the same."""
    early, late = arrival(1, "a", when=2000), arrival(2, "b", when=1000)
    for order in ([early, late], [late, early]):
        runs, born = placed(order)
        assert [run["rep"].etag for run in runs] == ["a", "b"]
        assert sorted(born, key=lambda event: event.generation)[-1].etag == "b"


def test_without_sequencer_the_time_decides():
    """A backfill has no event: the object's LastModified stands for it."""
    event = arrival(5, "a", when=10_000)
    backfill = Arrival(BUCKET, "k", "a", 1, "", "", 10_000)
    runs, born = placed([event, backfill])
    assert (len(runs), len(born)) == (1, 1)
    other = Arrival(BUCKET, "k", "b", 1, "", "", 20_000)
    runs, born = placed([event, other, other])
    assert [run["rep"].etag for run in runs] == ["a", "b"]
    assert len(born) == 2


def test_keys_are_form_encoded():
    event = s3_event(BUCKET, "fhir/a b+c%d ü\"'.ndjson", "e", 1, 1)
    assert parse_record(event["Records"][0]).key == "fhir/a b+c%d ü\"'.ndjson"


def test_short_sequencers_are_padded_right():
    record = s3_event(BUCKET, "k", "e", 1, 1)["Records"][0]
    record["s3"]["object"]["sequencer"] = "0055aed6dcd90281e5"
    assert parse_record(record).sequencer == "0055AED6DCD90281E5000000"
    assert parse_record(record).generation[13:] == "-0055AED6DCD90281E5000000"


def test_a_broken_record_tells_nothing_of_its_key():
    record = s3_event(BUCKET, "Jane Doe", "e", 1, 1)["Records"][0]
    del record["eventTime"]
    with pytest.raises(BadRecord) as caught:
        parse_record(record)
    assert "Jane" not in str(caught.value)


@pytest.mark.parametrize(
    ("key", "size", "marker"),
    [("a/", 0, True), ("a_$folder$", 0, True), ("a_$folder$", 3, True), ("a/", 3, False), ("a", 0, False)],
)
def test_folder_markers(key, size, marker):
    assert is_marker(Arrival(BUCKET, key, "e", size, "", "", 1)) is marker


# --- DynamoDB ---


@pytest.fixture
def table(clients):
    import uuid

    name = f"ledger-{uuid.uuid4().hex[:8]}"
    create_ledger(clients("dynamodb"), name)
    return name


def test_items_of_the_table(clients, table):
    event = s3_event(BUCKET, "fhir/Patient.1.ndjson", "e1", 12, 255, version_id="v1", when=1_714_557_600.123)
    assert Receiver(clients("dynamodb"), table).receive(parse_record(event["Records"][0])) == 1
    items = {item["file_id"]: item for item in scan(clients("dynamodb"), table)}
    head = items.pop(f"KEY#{BUCKET}/fhir/Patient.1.ndjson")
    ((file_id, item),) = items.items()
    assert file_id == f"{BUCKET}/fhir/Patient.1.ndjson#1714557600123-00000000000000FF00000000"
    assert (item["entity"], item["status"], item["pending"], item["attempt"]) == ("FILE", "received", "1", 0)
    assert (item["dataset"], item["size"], item["version_id"]) == ("patient", 12, "v1")
    assert item["received_at"].endswith("Z") and len(item["received_at"]) == 24
    assert (head["latest_file_id"], head["etag"], head["size"]) == (file_id, "e1", 12)
    assert "entity" not in head


def test_random_deliveries_by_many_receivers_at_once(clients, table):
    """The same property as above in DynamoDB, with receivers that race for one head."""
    chance = random.Random(11)
    keys = {}
    deliveries = []
    for number in range(6):
        contents = [chance.choice("abc") for _ in range(chance.randrange(2, 7))]
        keys[f"key {number}"] = contents
        events = [arrival(n, content, key=f"key {number}") for n, content in enumerate(contents)]
        deliveries += events + [chance.choice(events) for _ in range(3)]
    chance.shuffle(deliveries)
    threads = [
        threading.Thread(target=receive_all, args=(in_one_step(clients("dynamodb")), table, deliveries[n::4]))
        for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    items = scan(clients("dynamodb"), table)
    for key, contents in keys.items():
        files = [item for item in items if item.get("entity") == "FILE" and item["key"] == key]
        files.sort(key=lambda item: item["generation"])
        assert [item["etag"] for item in files] == runs_of(contents)
        (head,) = [item for item in items if item["file_id"] == f"KEY#{BUCKET}/{key}"]
        assert head["etag"] == contents[-1]
        assert head["latest_file_id"] == files[-1]["file_id"]


ONE_STEP = threading.RLock()


def in_one_step(dynamodb):
    """DynamoDB looks at a condition and writes in one step. moto's threads may do it in between each other."""

    def alone(send):
        def sent(**request):
            with ONE_STEP:
                return send(**request)

        return sent

    for name in ("put_item", "transact_write_items"):
        setattr(dynamodb, name, alone(getattr(dynamodb, name)))
    return dynamodb


def receive_all(dynamodb, table, arrivals):
    for event in arrivals:
        Receiver(dynamodb, table).receive(event)


def test_a_lost_head_makes_no_second_generation(clients, table):
    dynamodb = clients("dynamodb")
    event = arrival(1, "a")
    Receiver(dynamodb, table).receive(event)
    dynamodb.delete_item(TableName=table, Key={"file_id": {"S": f"KEY#{BUCKET}/k"}})
    Receiver(dynamodb, table).receive(event)
    files = [item for item in scan(dynamodb, table) if item.get("entity") == "FILE"]
    assert len(files) == 1


def test_a_version_told_of_twice_is_one_arrival():
    """A backfill speaks for an object whose own event comes late: the same version, no second generation."""
    backfill = Arrival(BUCKET, "k", "b", 1, "v2", "", 5_000)
    event = Arrival(BUCKET, "k", "b", 1, "v2", f"{2:024X}", 4_000)
    for order in ([backfill, event], [event, backfill]):
        runs, born = placed([arrival(1, "a", when=1_000), *order])
        assert len(born) == 2
        assert [len(run["events"]) for run in runs] == [1, 1]


def test_a_head_remembers_a_bounded_past():
    from key_history import HISTORY_LIMIT, trimmed

    runs, _ = placed([arrival(n, "ab"[n % 2]) for n in range(HISTORY_LIMIT + 30)])
    assert len(trimmed(runs)) == HISTORY_LIMIT
    assert trimmed(runs)[-1] == runs[-1]
    runs, _ = placed([arrival(0, "b"), *[arrival(n, "a") for n in range(1, HISTORY_LIMIT + 30)]])
    assert [len(run["events"]) for run in trimmed(runs)] == [1, 2]
