"""A burst against a ledger that throttles: on a virtual clock everything ends in the ledger, with no person, and none twice."""

import json
import re
import types

import pytest

import drain
import myglueworkflow
import undelivered
from in_time import Lambda, refusal, world
from lake import s3_event

ENVIRONMENT = {
    "GLUE_WORKFLOW_NAME": "wf",
    "LEDGER_TABLE": "ledger",
    "ALERT_TOPIC_ARN": "arn:topic",
    "RAW_BUCKET": "raw",
    "RAW_PREFIX": "fhir/",
    "ENVIRONMENT": "dev",
    "UNDELIVERED_QUEUE": "undelivered",
}
SCHEDULE = {"source": "metriccare.schedule"}


class House:
    """The function in its world."""

    def __init__(self, seed, units=5, seconds=60, **environment):
        self.world = world(seed, units, seconds)
        self.time, self.table, self.queue, self.glue = (
            self.world.time,
            self.world.table,
            self.world.queue,
            self.world.glue,
        )
        self.environment = {**ENVIRONMENT, **environment}
        self.mails, self.outcomes = [], []
        self.function = Lambda(self.time, self.world.rng, self.queue, self._handle, seconds)

    def _handle(self, event, context):
        topic = types.SimpleNamespace(publish=lambda **mail: self.mails.append(mail))
        clients = types.SimpleNamespace(
            dynamodb=self.table, glue=self.glue, sns=topic, sqs=self.queue, **{"lambda": self.function}
        )
        settings = myglueworkflow.Settings(self.environment)
        handler = myglueworkflow.Handler(settings, clients, sleep=self.time.sleep, clock=lambda: self.time.now)
        outcome = handler.handle(event, context)
        self.outcomes.append(outcome)
        return outcome

    def arrives(self, key, after, sequence):
        event = s3_event("raw", key, f"e{key}", 7, sequence, when=self.time.now + after)
        # S3 delivers at least once.
        for late in [0.0] + [30.0] * (self.world.rng.random() < 0.02):
            self.function.event(event, after + late)

    def hours(self, count, of=3600):
        """The schedule's looks, one an hour."""
        start = self.time.now
        for n in range(count):
            self.time.run(start + n * of)
            self.function.event(SCHEDULE)
        self.time.run(start + count * of)
        assert self.time.failed == []

    def keys(self):
        return [item["key"]["S"] for item in self.table.items.values() if "entity" in item]


def burst(house, count, seconds=60.0):
    for n in range(count):
        house.arrives(f"fhir/Jane Doe {n:05d}.ndjson", seconds * n / count, n + 1)


def test_five_thousand_arrivals_in_a_minute_all_end_in_the_ledger(capsys):
    house = House(1, seconds=300)  # as config/lakehouse.yaml has it
    burst(house, 5000)
    house.hours(2)
    waited = house.queue.longest
    house.hours(3)
    assert sorted(house.keys()) == [f"fhir/Jane Doe {n:05d}.ndjson" for n in range(5000)]
    assert house.queue.messages == {}
    # It was hard: most could not be recorded at once, and AWS said so with its 400s.
    assert waited > 4000 and house.table.throttled > 10_000
    assert house.queue.received_again > 0
    # Nobody was held up by it: no call ran into its limit, nor into Lambda's guard against loops.
    assert (house.function.timed_out, house.function.given_up) == (0, 0)
    assert house.function.most < 1000 and max(house.function.links) <= drain.LINKS
    # What is told are counts.
    text = json.dumps(house.mails) + capsys.readouterr().out
    assert house.mails and "Jane" not in text
    recorded = [int(re.search(r"recorded now: (\d+)", mail["Message"]).group(1)) for mail in house.mails]
    assert sum(recorded) + 500 > 5000 - sum(o.get("new", 0) for o in house.outcomes)


def test_a_queue_that_is_down_too_leaves_it_to_lambda():
    house = House(2)
    house.queue.broken = True
    burst(house, 600, 10.0)
    house.time.run(house.time.now + 100)
    house.queue.broken = False
    house.hours(8)
    assert len(house.keys()) == len(set(house.keys())) == 600
    assert house.queue.messages == {}


def test_one_chain_at_a_time_however_often_the_schedule_looks():
    house = House(3)
    burst(house, 700, 10.0)
    house.hours(240, of=60)
    assert len(house.keys()) == 700 and house.queue.messages == {}
    draining = [o for o in house.outcomes if "goes_on" in (o.get("queue") or o)]
    assert any((o.get("queue") or {}).get("drain") == "another is on" for o in house.outcomes)
    assert len(draining) < 400


def test_the_newest_content_of_a_key_wins_whatever_the_order():
    house = House(4, units=1)
    keys = [f"fhir/{n}.ndjson" for n in range(30)]
    for version in range(1, 6):
        for key in keys:
            event = s3_event("raw", key, f"e{version}", version, version, when=house.time.now + version)
            house.function.event(event, house.world.rng.uniform(0, 10))
    burst(house, 800, 10.0)
    house.hours(20)
    assert house.queue.sent > 100 and house.queue.messages == {}
    for key in keys:
        head = house.table.items[f"KEY#raw/{key}"]
        assert head["etag"]["S"] == "e5"
        generations = [item for item in house.table.items.values() if item.get("key", {}).get("S") == key]
        assert sorted(item["etag"]["S"] for item in generations) == ["e1", "e2", "e3", "e4", "e5"]


def test_a_ledger_that_may_not_be_used_keeps_everything_and_says_why():
    house = House(5)
    right = (
        "User: arn:aws:sts::1:assumed-role/trigger/t is not authorized to perform: dynamodb:GetItem on resource: arn:t"
    )

    def refuse(**_):
        raise refusal("AccessDeniedException", "GetItem", right)

    allowed, house.table.get_item = house.table.get_item, refuse
    burst(house, 40)
    house.hours(3)
    assert len(house.queue.messages) >= 40 and house.keys() == []
    assert all("statement to add" in mail["Message"] for mail in house.mails) and 1 <= len(house.mails) <= 3
    house.table.get_item = allowed
    house.hours(2)
    assert len(house.keys()) == 40 and house.queue.messages == {}
    assert house.mails[-1]["Message"].count("recorded now: 40") == 1


def test_a_role_without_any_right_on_the_ledger_is_told():
    house = House(12)
    right = "User: arn:aws:sts::1:assumed-role/trigger/t is not authorized to perform: dynamodb:UpdateItem on resource: arn:t"

    def refuse(**_):
        raise refusal("AccessDeniedException", "UpdateItem", right)

    for operation in ("get_item", "query", "update_item", "transact_write_items"):
        setattr(house.table, operation, refuse)
    burst(house, 5)
    house.hours(3)
    assert len(house.queue.messages) >= 5 and house.function.given_up == 0
    assert 2 <= len(house.mails) <= 3 and all("statement to add" in mail["Message"] for mail in house.mails)


def test_a_short_function_drains_too_and_none_without_time_loops():
    house = House(13, seconds=8)
    burst(house, 600, 10.0)
    house.hours(40)
    assert len(house.keys()) == 600 and house.queue.messages == {}
    house = House(13, seconds=1)
    house.queue.add(json.dumps({"Records": []}))
    house.hours(1)
    assert house.function.calls < 20


def test_what_strangers_send_is_numbers_at_most():
    house = House(14)
    house.queue.add("no json")
    done = {"recorded": "Jane Doe", "known": 3, "stopped": "Jane Doe", "other": 1}
    house.function.event({"source": "metriccare.drain", "chain": 5, "link": "x", "done": done})
    house.time.run(house.time.now + 60)
    assert "known already: 3" in house.mails[0]["Message"] and "Jane" not in house.mails[0]["Message"]


def test_a_queue_that_breaks_in_the_middle_leaves_the_turn_to_the_next():
    house = House(15)
    house.queue.add(json.dumps(s3_event("raw", "fhir/a", "e", 1, 1)))
    deletes, house.queue.delete_message_batch = house.queue.delete_message_batch, lambda **_: 1 / 0
    house.function.event({"source": "metriccare.drain", "chain": "a"})
    house.time.run(house.time.now + 30)
    assert house.table.items["DRAIN#"]["lease_until"]["N"] == "0"
    house.queue.delete_message_batch = deletes
    house.hours(2)
    assert house.keys() == ["fhir/a"] and house.queue.messages == {}


def test_what_nobody_can_read_is_kept_out_of_the_way():
    house = House(6)
    house.queue.add("no json")
    house.queue.add(
        '{"source": "metriccare.arrival", "record": {"eventName": "ObjectCreated:Put", "note": "Jane Doe"}}'
    )
    event = {"Records": [{"eventName": "ObjectCreated:Put"}, s3_event("raw", "fhir/a", "e", 1, 1)["Records"][0]]}
    house.queue.add(json.dumps(event))
    house.hours(24)
    assert house.keys() == ["fhir/a"] and len(house.queue.messages) == 3
    assert "not readable, kept for fourteen days: 3" in house.mails[0]["Message"] and len(house.mails) <= 4
    assert "Jane" not in json.dumps(house.mails)


@pytest.mark.parametrize("wrap", [lambda e: e, lambda e: {"requestContext": {}, "requestPayload": e}])
def test_events_of_runs_and_of_the_clock_are_looked_after(wrap):
    house = House(7)
    house.queue.add(json.dumps(wrap(SCHEDULE)))
    house.queue.add(json.dumps(wrap({"source": "aws.glue", "detail": {"jobRunId": "jr"}})))
    house.hours(1)
    assert house.queue.messages == {}


def test_an_empty_queue_is_no_news():
    house = House(8)
    house.hours(5)
    assert house.mails == []


# --- the quiet period ---


def test_a_burst_becomes_one_run():
    house = House(9, units=1000, BATCH_WINDOW="20")
    for n in range(30):
        house.arrives(f"fhir/{n}", n, n + 1)
    house.time.run(house.time.now + 600)
    assert len(house.glue.starts) == 1
    # When the last one came, and the window after it.
    assert 1_700_000_000 + 44 <= house.glue.starts[0] <= 1_700_000_000 + 53
    assert house.function.calls < 40 and house.function.timed_out == 0


def test_without_a_quiet_period_the_first_file_starts_the_run():
    house = House(9, units=1000)
    house.arrives("fhir/1", 0, 1)
    house.time.run(house.time.now + 5)
    assert len(house.glue.starts) == 1


def test_who_waits_ends_in_time_whatever_comes():
    house = House(10, units=1000, BATCH_WINDOW="20")
    for n in range(300):
        house.arrives(f"fhir/{n}", n, n + 1)
    house.time.run(house.time.now + 900)
    assert house.function.timed_out == 0
    assert house.glue.starts[0] <= 1_700_000_000 + 60


def test_a_ledger_that_refuses_the_window_starts_at_once():
    house = House(11, units=1000, BATCH_WINDOW="20")

    def refuse(**_):
        raise refusal("AccessDeniedException", "UpdateItem")

    house.table.update_item = refuse
    house.arrives("fhir/1", 0, 1)
    house.time.run(house.time.now + 5)
    assert len(house.glue.starts) == 1


# --- the queue's wire ---


def test_batches_are_small_and_hold_entries_only():
    record = s3_event("raw", "fhir/a b", "e", 1, 1)["Records"][0]
    record["requestParameters"] = {"sourceIPAddress": "10.1.2.3"}
    bodies = [json.dumps({"record": "x" * 60_000})] * 9 + ["{}"] * 25
    sizes = [(len(batch), sum(map(len, batch))) for batch in undelivered._batches(bodies)]
    assert sum(count for count, _ in sizes) == 34
    assert all(count <= 10 and total <= 262_144 for count, total in sizes)
    slim = undelivered.slim(record)
    assert "10.1.2.3" not in json.dumps(slim)
    from arrivals import parse_record

    assert parse_record(slim) == parse_record(record)
