"""The claiming half of the ledger: one frozen set a run, leases, and the end of a file."""

import random
import threading
import uuid

import pytest

from arrivals import Arrival
from lake import create_ledger, scan
from ledger_receive import Receiver
from metriccare_etl import aws, ledger

DONE = {"rows": 1, "records_in": 3, "quarantined": 0, "dataset": "mixed", "error": None}


class Desk:
    """A ledger table, a clock that is moved by hand, and jobs that work at it."""

    def __init__(self, clients):
        self.dynamodb = clients("dynamodb")
        self.name = f"ledger-{uuid.uuid4().hex[:8]}"
        create_ledger(self.dynamodb, self.name)
        self.now = 1_700_000_000.0
        self.sequence = 0

    def receive(self, count=1):
        for _ in range(count):
            self.sequence += 1
            event = Arrival("raw", f"k{self.sequence}", "e", 1, "", f"{self.sequence:024X}", 1_700_000_000_000)
            Receiver(self.dynamodb, self.name, clock=lambda: self.now).receive(event)

    def job(self, run, dataset="patient", ttl=None):
        table = aws.dynamodb_table(self.name)
        return ledger.Ledger(table, run, f"jr_{run}_{dataset}", ttl=ttl, clock=lambda: self.now)

    def items(self):
        return {item["file_id"]: item for item in scan(self.dynamodb, self.name)}

    def files(self):
        return [item for item in self.items().values() if item.get("entity") == "FILE"]


@pytest.fixture
def desk(clients):
    return Desk(clients)


def ids(items):
    return sorted(item["file_id"] for item in items)


def test_later_jobs_of_a_run_see_the_first_ones_files(desk):
    desk.receive(3)
    first = desk.job("wr_1").freeze(100)
    desk.receive(1)  # dropped between the starts of two Bronze jobs
    assert ids(desk.job("wr_1", "encounter").freeze(100)) == ids(first)
    assert len(first) == 3
    assert [item["attempt"] for item in desk.files()].count(1) == 3
    run = desk.items()["RUN#wr_1"]
    assert (run["entity"], run["run_id"], sorted(run["files"])) == ("RUN", "wr_1", ids(first))


def test_a_run_that_froze_nothing_stays_empty(desk):
    assert desk.job("wr_1").freeze(100) == []
    desk.receive(1)
    assert desk.job("wr_1", "encounter").freeze(100) == []


def test_files_of_a_run_that_lives_are_left_alone(desk):
    desk.receive(2)
    assert len(desk.job("wr_1").freeze(100)) == 2
    assert desk.job("wr_2").freeze(100) == []


def test_an_expired_lease_is_taken_over_and_the_old_owner_is_fenced(desk):
    desk.receive(1)
    old = desk.job("wr_1")
    (item,) = old.freeze(100)
    desk.now += ledger.LEASE_SECONDS + 1
    (taken,) = desk.job("wr_2").freeze(100)
    assert (taken["file_id"], taken["run_id"], taken["attempt"]) == (item["file_id"], "wr_2", 2)
    assert old.finish(item["file_id"], "patient", DONE) is False
    assert "rows_patient" not in desk.files()[0]
    assert old.freeze(100) == []


def test_a_lease_is_renewed_by_the_jobs_of_its_run(desk):
    desk.receive(1)
    desk.job("wr_1").freeze(100)
    desk.now += ledger.LEASE_SECONDS - 60
    (item,) = desk.job("wr_1", "encounter").freeze(100)
    assert item["lease_until"] == int(desk.now) + ledger.LEASE_SECONDS
    assert item["attempt"] == 1


def test_a_file_ends_with_its_third_dataset(desk):
    desk.receive(1)
    (item,) = desk.job("wr_1").freeze(100)
    for dataset in ("patient", "encounter"):
        assert desk.job("wr_1", dataset).finish(item["file_id"], dataset, DONE)
        assert desk.files()[0]["status"] == "claimed"
    assert desk.job("wr_1", "condition", ttl=("expiration_time", 90)).finish(item["file_id"], "condition", DONE)
    (file,) = desk.files()
    assert (file["status"], file["records_in"], file["dataset"]) == ("processed", 3, "mixed")
    assert file["expiration_time"] == int(desk.now) + 90 * 86400
    assert "pending" not in file and "lease_until" not in file and "error" not in file
    assert desk.job("wr_2").freeze(100) == []


def test_a_file_with_nothing_readable_fails(desk):
    desk.receive(1)
    (item,) = desk.job("wr_1").freeze(100)
    report = {**DONE, "rows": 0, "quarantined": 3, "error": "nothing readable: not_json"}
    for dataset in ledger.DATASETS:
        desk.job("wr_1", dataset).finish(item["file_id"], dataset, report)
    (file,) = desk.files()
    assert (file["status"], file["error"]) == ("failed", "nothing readable: not_json")
    assert "pending" not in file


def test_a_crash_between_the_last_rows_and_the_end_is_made_good(desk):
    desk.receive(1)
    book = desk.job("wr_1")
    (item,) = book.freeze(100)
    book.end_if_complete = lambda _: False  # the process died here
    for dataset in ledger.DATASETS:
        book.finish(item["file_id"], dataset, DONE)
    assert desk.files()[0]["status"] == "claimed"
    desk.now += ledger.LEASE_SECONDS + 1
    later = desk.job("wr_2")
    (again,) = later.freeze(100)
    assert later.end_if_complete(again)
    assert desk.files()[0]["status"] == "processed"


def test_a_job_that_runs_alone_gives_back_what_it_did_not_finish(desk):
    desk.receive(2)
    book = desk.job("jr_alone")
    items = book.freeze(100)
    for dataset in ledger.DATASETS:
        book.finish(items[0]["file_id"], dataset, DONE)
    book.release(items)
    assert sorted(file["status"] for file in desk.files()) == ["processed", "received"]
    assert [file["attempt"] for file in desk.files()] == [1, 1]


def test_a_limit_takes_the_oldest(desk):
    desk.receive(5)
    first = desk.job("wr_1").freeze(2)
    assert ids(first) == ids(desk.files())[:2]
    assert ids(desk.job("wr_2").freeze(100)) == ids(desk.files())[2:]


def test_racing_jobs_agree_on_one_set(desk):
    """Three Bronze jobs start at once while files keep coming: all read the same set, nothing stays claimed beyond it."""
    for number in range(3):
        desk.receive(4)
        found = {}

        def work(dataset, run=f"wr_{number}", found=found):
            found[dataset] = ids(desk.job(run, dataset).freeze(3))

        threads = [threading.Thread(target=work, args=(dataset,)) for dataset in ledger.DATASETS]
        threads.append(threading.Thread(target=desk.receive, args=(2,)))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        frozen = sorted(desk.items()[f"RUN#wr_{number}"]["files"])
        assert list(found.values()) == [frozen] * 3
        claimed = ids(file for file in desk.files() if file["status"] == "claimed" and file["run_id"] == f"wr_{number}")
        assert claimed == frozen
        for file_id in frozen:
            for dataset in ledger.DATASETS:
                desk.job(f"wr_{number}", dataset).finish(file_id, dataset, DONE)
    waiting = [file for file in desk.files() if file["status"] == "received"]
    assert {file["attempt"] for file in waiting} <= {0}  # claimed beyond the set and given back: not tried


def test_a_file_that_another_job_of_the_run_takes_first_stays_in_the_set(desk):
    """Between this job's look and its claim the other Bronze jobs claim too: all of it is the same run's."""
    desk.receive(3)
    first, other = desk.job("wr_1"), desk.job("wr_1", "encounter")
    take = first._take

    def overtaken(file_id):
        other._take(file_id)
        return take(file_id)

    first._take = overtaken
    assert ids(first.freeze(100)) == ids(desk.files())
    assert {file["attempt"] for file in desk.files()} == {1}


def test_random_runs_never_lose_a_file(desk):
    """Runs that crash at random places, leases that expire: in the end every file is processed, each by a full set."""
    chance = random.Random(3)
    desk.receive(6)
    for number in range(60):
        run = f"wr_{number}"
        crashed = chance.random() < 0.6
        for dataset in ledger.DATASETS:
            book = desk.job(run, dataset)
            for item in book.freeze(chance.randrange(1, 6)):
                if crashed and chance.random() < 0.4:
                    continue
                if f"rows_{dataset}" not in item:
                    book.finish(item["file_id"], dataset, DONE)
                else:
                    book.end_if_complete(item)
        if chance.random() < 0.2:
            desk.receive(1)
        desk.now += chance.choice([0, 0, ledger.LEASE_SECONDS + 1])
        if number > 15 and all(file["status"] == "processed" for file in desk.files()):
            break
    desk.now += ledger.LEASE_SECONDS + 1
    for dataset in ledger.DATASETS:
        book = desk.job("wr_last", dataset)
        for item in book.freeze(1000):
            if f"rows_{dataset}" in item:
                book.end_if_complete(item)
            else:
                book.finish(item["file_id"], dataset, DONE)
    assert {file["status"] for file in desk.files()} == {"processed"}
    assert all(f"rows_{dataset}" in file for file in desk.files() for dataset in ledger.DATASETS)
