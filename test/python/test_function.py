"""The Lambda function: files, the end of a run, the schedule. DynamoDB is real (moto's server), Glue and SNS are scripted."""

import json
import types
import uuid
from datetime import datetime, timedelta, timezone

import pytest
from botocore.exceptions import ClientError

import myglueworkflow
import workflow_end
from denials import MissingRight, missing_right
from lake import context, create_ledger, s3_event, scan

NOW = 1_700_000_000.0
SCHEDULE = {"source": "metriccare.schedule"}
GOLD = ("gold_hai", "gold_readmission")
SILVER = ("silver_patient",)
BRONZE = ("bronze_patient", "bronze_encounter")


class Glue:
    """Runs as a test says them; every start is noted."""

    def __init__(self):
        self.runs, self.starts, self.busy, self.looks = [], 0, False, 0
        self.later = []  # what get_workflow_run answers, one after the other

    def start_workflow_run(self, Name):
        assert Name == "wf"
        if self.busy:
            raise ClientError(
                {"Error": {"Code": "ConcurrentRunsExceededException", "Message": "m"}}, "StartWorkflowRun"
            )
        self.starts += 1
        return {"RunId": f"wr_new_{self.starts}"}

    def get_workflow_runs(self, Name, IncludeGraph, MaxResults):
        return {"Runs": self.runs}

    def get_workflow_run(self, Name, RunId, IncludeGraph):
        self.looks += 1
        return {"Run": self.later.pop(0) if self.later else self.runs[0]}


class Topic:
    def __init__(self):
        self.messages, self.broken = [], False

    def publish(self, **message):
        if self.broken:
            raise ClientError({"Error": {"Code": "InternalError", "Message": "m"}}, "Publish")
        self.messages.append(message)


class Function:
    def __init__(self):
        self.calls = []

    def invoke(self, FunctionName, InvocationType, Payload):
        self.calls.append(json.loads(Payload))


class World:
    def __init__(self, clients):
        self.dynamodb = clients("dynamodb")
        self.table = f"ledger-{uuid.uuid4().hex[:8]}"
        create_ledger(self.dynamodb, self.table)
        self.glue, self.sns, self.now = Glue(), Topic(), NOW
        self.sqs, self.function = clients("sqs"), Function()
        self.environment = {
            "GLUE_WORKFLOW_NAME": "wf",
            "LEDGER_TABLE": self.table,
            "ALERT_TOPIC_ARN": "arn:topic",
            "RAW_BUCKET": "raw",
            "RAW_PREFIX": "fhir/",
            "ENVIRONMENT": "dev",
        }

    def handle(self, event, seconds=60):
        more = {"sqs": self.sqs, "lambda": self.function}
        clients = types.SimpleNamespace(dynamodb=self.dynamodb, glue=self.glue, sns=self.sns, **more)
        settings = myglueworkflow.Settings(self.environment)
        handler = myglueworkflow.Handler(settings, clients, sleep=self.sleep, clock=lambda: self.now)
        return handler.handle(event, context(seconds))

    def sleep(self, seconds):
        self.now += seconds

    def files(self):
        return [item for item in scan(self.dynamodb, self.table) if item.get("entity") == "FILE"]

    def claim(self, run, attempt=1, until=NOW + 3600):
        for item in self.files():
            self.dynamodb.update_item(
                TableName=self.table,
                Key={"file_id": {"S": item["file_id"]}},
                UpdateExpression="SET #s = :s, run_id = :r, attempt = :a, lease_until = :u, lease_owner = :r",
                ExpressionAttributeNames={"#s": "status"},
                ExpressionAttributeValues={
                    ":s": {"S": "claimed"},
                    ":r": {"S": run},
                    ":a": {"N": str(attempt)},
                    ":u": {"N": str(int(until))},
                },
            )

    def item(self, item_id):
        return next((item for item in scan(self.dynamodb, self.table) if item["file_id"] == item_id), None)


@pytest.fixture
def world(clients):
    return World(clients)


def files(*keys, bucket="raw", size=5):
    records = [s3_event(bucket, key, f"e{n}", size, n + 1, when=NOW)["Records"][0] for n, key in enumerate(keys)]
    return {"Records": records}


def run(status, states, run_id="wr_1", **more):
    """A workflow run whose jobs are in these states; None: no run of that job yet."""
    nodes = [{"Type": "TRIGGER", "Name": "start"}]
    for name, state in states.items():
        job_runs = [] if state is None else [{"Id": f"jr_{name}", "JobName": name, "Attempt": 0, "JobRunState": state}]
        nodes.append({"Type": "JOB", "Name": name, "JobDetails": {"JobRuns": job_runs}})
    started = datetime.fromtimestamp(NOW - 600, timezone.utc)
    found = {"Name": "wf", "WorkflowRunId": run_id, "Status": status, "Graph": {"Nodes": nodes}, "StartedOn": started}
    if status in ("COMPLETED", "STOPPED"):
        found["CompletedOn"] = started + timedelta(minutes=9)
    return {**found, **more}


def succeeded(**changed):
    return {**dict.fromkeys((*BRONZE, *SILVER, *GOLD), "SUCCEEDED"), **changed}


def ended(job="gold_hai", state="SUCCEEDED"):
    detail = {"jobName": job, "state": state, "jobRunId": f"jr_{job}", "severity": "INFO", "message": "secret"}
    return {"source": "aws.glue", "detail-type": "Glue Job State Change", "detail": detail}


# --- files ---


def test_new_files_start_one_run(world):
    keys = ["fhir/a.ndjson", "fhir/b c.ndjson", "fhir/d+%.ndjson", "fhir/e\nf?*[g].ndjson"]
    outcome = world.handle(files(*keys))
    assert (outcome["new"], outcome["run"]) == (4, "wr_new_1")
    assert {item["key"] for item in world.files()} == set(keys)


def test_a_run_that_is_on_is_a_normal_outcome(world):
    world.glue.busy = True
    assert world.handle(files("fhir/a.ndjson"))["run"] == "already running"


def test_a_duplicate_of_a_finished_event_starts_nothing(world):
    world.handle(files("fhir/a.ndjson"))
    world.claim("wr_1")
    assert world.handle(files("fhir/a.ndjson"))["run"] is None
    assert world.glue.starts == 1


def test_a_second_try_of_an_event_whose_first_died_before_the_start(world):
    world.glue.busy = True
    world.handle(files("fhir/a.ndjson"))
    world.glue.busy = False
    outcome = world.handle(files("fhir/a.ndjson"))
    assert (outcome["new"], outcome["known"], outcome["run"]) == (0, 1, "wr_new_1")


def test_what_is_not_a_file_is_ignored(world):
    removed = s3_event("raw", "fhir/x", "e", 1, 9, event_name="ObjectRemoved:Delete")
    for event in (
        {"Service": "Amazon S3", "Event": "s3:TestEvent"},
        files("fhir/folder/", "fhir/a_$folder$", size=0),
        files("elsewhere/a.ndjson"),
        files("fhir/a.ndjson", bucket="bronze"),
        removed,
        {},
        {"source": "something"},
    ):
        world.handle(event)
    assert world.files() == []
    assert world.glue.starts == 0


def test_an_empty_file_is_a_file(world):
    world.handle(files("fhir/empty.ndjson", size=0))
    assert len(world.files()) == 1


def test_a_bad_record_does_not_keep_the_others_out(world, capsys):
    event = files("fhir/a.ndjson", "fhir/Jane Doe.ndjson", "fhir/c.ndjson")
    del event["Records"][1]["s3"]["object"]["key"]
    event["Records"][1]["note"] = "Jane Doe"
    with pytest.raises(myglueworkflow.SomeRecordsFailed) as caught:
        world.handle(event)
    assert len(world.files()) == 2
    assert world.glue.starts == 1
    assert "Jane" not in str(caught.value) + capsys.readouterr().out


def test_fifty_events_with_duplicates(world):
    event = {"Records": [record for n in range(5) for record in files(*[f"fhir/{k}" for k in range(10)])["Records"]]}
    outcome = world.handle(event)
    assert (outcome["records"], outcome["new"], outcome["known"]) == (50, 10, 40)
    assert len(world.files()) == 10


def test_the_entry_point_logs_counts_only(world, monkeypatch, capsys, endpoint):
    for name, value in world.environment.items():
        monkeypatch.setenv(name, value)
    outcome = myglueworkflow.lambda_handler(files("other/Jane Doe.ndjson"), context())
    assert outcome["ignored"] == 1
    assert json.loads(capsys.readouterr().out) == outcome


def denied(action, resource, operation="StartWorkflowRun"):
    """As IAM says it."""
    who = "arn:aws:sts::123456789012:assumed-role/trigger/trigger"
    why = f"because no identity-based policy allows the {action} action"
    text = f"User: {who} is not authorized to perform: {action} on resource: {resource} {why}"
    return ClientError({"Error": {"Code": "AccessDeniedException", "Message": text}}, operation)


def test_a_missing_right_is_named_with_the_statement_to_add(world, monkeypatch, capsys):
    arn = "arn:aws:glue:us-east-1:123456789012:workflow/wf"

    def refuse(Name):
        raise denied("glue:StartWorkflowRun", arn)

    world.glue.start_workflow_run = refuse
    clients = types.SimpleNamespace(dynamodb=world.dynamodb, glue=world.glue, sns=world.sns)
    monkeypatch.setattr(myglueworkflow, "Clients", lambda: clients)
    for name, value in world.environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(MissingRight) as caught:
        myglueworkflow.lambda_handler(files("fhir/Jane Doe.ndjson"), context())
    text = str(caught.value)
    assert "assumed-role/trigger/trigger is not authorized to perform: glue:StartWorkflowRun" in text
    statement = {"Effect": "Allow", "Action": "glue:StartWorkflowRun", "Resource": arn}
    assert json.loads(text[text.index("{") :]) == statement
    assert json.loads(capsys.readouterr().out) == {"event": "denied", "error": text}
    assert caught.value.__cause__ is None


def test_a_record_that_the_ledger_refuses_says_which_right_is_missing(world, capsys):
    def refuse(**request):
        raise denied("dynamodb:GetItem", "arn:aws:dynamodb:us-east-1:123456789012:table/ledger", "GetItem")

    world.dynamodb = types.SimpleNamespace(get_item=refuse)
    with pytest.raises(myglueworkflow.SomeRecordsFailed) as caught:
        world.handle(files("fhir/Jane Doe.ndjson"))
    told = str(caught.value) + capsys.readouterr().out
    assert '"Action": "dynamodb:GetItem"' in told
    assert "Jane" not in told


@pytest.mark.parametrize(
    ("message", "named"),
    [
        (
            'User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::b/k" because',
            ("s3:GetObject", "arn:aws:s3:::b/k"),
        ),
        (
            "User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: SNS:Publish on resource: arn:aws:sns:us-east-1:1:t because",
            ("SNS:Publish", "arn:aws:sns:us-east-1:1:t"),
        ),
        (
            "User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: kms:Decrypt",
            ("kms:Decrypt", "*"),
        ),
        ("Access Denied", None),
        ("Jane Doe is not authorized to perform: surgery", None),
    ],
)
def test_words_of_iam(message, named):
    missing = missing_right(ClientError({"Error": {"Code": "AccessDenied", "Message": message}}, "X"))
    if named is None:
        assert missing is None
    else:
        statement = json.loads(missing[missing.index("{") :])
        assert (statement["Action"], statement["Resource"]) == named


# --- the queue of what could not be recorded: moto's SQS on the wire ---


@pytest.fixture
def queued(world):
    name = f"undelivered-{uuid.uuid4().hex[:8]}"
    world.url = world.sqs.create_queue(QueueName=name)["QueueUrl"]
    world.environment["UNDELIVERED_QUEUE"] = name
    return world


def messages(world):
    reply = world.sqs.receive_message(QueueUrl=world.url, MaxNumberOfMessages=10, VisibilityTimeout=0)
    return [json.loads(message["Body"]) for message in reply.get("Messages", [])]


def throttled(**request):
    text = "The level of configured provisioned throughput for the table was exceeded."
    raise ClientError({"Error": {"Code": "ProvisionedThroughputExceededException", "Message": text}}, "GetItem")


def test_what_the_ledger_throttles_goes_to_the_queue_and_from_there_into_the_ledger(queued, capsys):
    real, queued.dynamodb = queued.dynamodb, types.SimpleNamespace(get_item=throttled)
    outcome = queued.handle(files("fhir/Jane Doe.ndjson"))
    assert (outcome["failed"], outcome["queued"], outcome["run"]) == (1, 1, None)
    assert queued.now - NOW < 10  # it does not use up the time that other files need
    outcome = queued.handle(files(*[f"fhir/Jane Doe {n}.ndjson" for n in range(12)]))
    assert (outcome["failed"], outcome["queued"]) == (12, 12)
    assert {body["source"] for body in messages(queued)} == {"metriccare.arrival"}
    queued.dynamodb = real
    outcome = queued.handle(SCHEDULE)
    assert (outcome["queue"]["recorded"], outcome["queue"]["run"]) == (13, "wr_new_1")
    assert len(queued.files()) == 13 and messages(queued) == []
    (mail,) = queued.sns.messages
    assert "recorded now: 13" in mail["Message"] and "Jane" not in mail["Message"] + capsys.readouterr().out
    assert "queue" in queued.handle(SCHEDULE) and len(queued.sns.messages) == 1


def test_a_bad_record_waits_in_the_queue_and_keeps_nobody_out(queued):
    event = files("fhir/a.ndjson", "fhir/b.ndjson")
    del event["Records"][1]["s3"]["object"]["key"]
    outcome = queued.handle(event)
    assert (outcome["new"], outcome["queued"]) == (1, 1)
    assert queued.handle(SCHEDULE)["queue"]["unreadable"] == 1
    # It is hidden now, not gone.
    reply = queued.sqs.get_queue_attributes(QueueUrl=queued.url, AttributeNames=["All"])
    assert reply["Attributes"]["ApproximateNumberOfMessagesNotVisible"] == "1"


def test_a_queue_that_is_not_there_leaves_the_event_to_lambda(queued):
    queued.environment["UNDELIVERED_QUEUE"] = "nowhere"
    queued.dynamodb = types.SimpleNamespace(get_item=throttled)
    with pytest.raises(myglueworkflow.SomeRecordsFailed):
        queued.handle(files("fhir/a.ndjson"))


def test_what_lambda_gave_up_on_is_taken_up(queued):
    given_up = {"requestContext": {"condition": "RetriesExhausted"}, "requestPayload": files("fhir/a.ndjson")}
    for body in (given_up, files("fhir/b.ndjson"), ended(), {"version": "0", "source": "aws.events", "detail": {}}):
        queued.sqs.send_message(QueueUrl=queued.url, MessageBody=json.dumps(body))
    outcome = queued.handle(SCHEDULE)["queue"]
    assert (outcome["recorded"], outcome["events"], outcome["goes_on"]) == (2, 2, False)
    assert messages(queued) == []


def test_one_chain_at_a_time_on_the_wire(queued):
    call = {"source": "metriccare.drain", "chain": "c", "link": 1}
    assert queued.handle(call)["goes_on"] is False
    turns = {
        "file_id": {"S": "DRAIN#"},
        "lease_owner": {"S": "c"},
        "link": {"N": "1"},
        "lease_until": {"N": str(int(NOW) + 99)},
    }
    queued.dynamodb.put_item(TableName=queued.table, Item=turns)
    assert queued.handle(call)["drain"] == "another is on"
    assert queued.handle({**call, "chain": "d"})["drain"] == "another is on"
    assert queued.handle({**call, "link": 2})["goes_on"] is False


def test_the_end_of_a_run_wakes_the_drain(queued):
    queued.glue.runs = [run("COMPLETED", succeeded())]
    queued.handle(ended())
    assert queued.function.calls == []
    queued.sqs.send_message(QueueUrl=queued.url, MessageBody=json.dumps(files("fhir/a.ndjson")))
    queued.handle(ended())
    (call,) = queued.function.calls
    assert call["source"] == "metriccare.drain"
    assert queued.handle(call)["recorded"] == 1


def test_a_drain_without_time_starts_the_next(queued):
    queued.sqs.send_message(QueueUrl=queued.url, MessageBody=json.dumps(files("fhir/a.ndjson")))
    assert queued.handle(SCHEDULE, seconds=2)["queue"]["goes_on"] is True
    (call,) = queued.function.calls
    assert (call["link"], queued.handle(call)["recorded"]) == (1, 1)


def test_the_quiet_period_on_the_wire(queued):
    queued.environment["BATCH_WINDOW"] = "20"
    assert queued.handle(files("fhir/a.ndjson"))["run"] == "wr_new_1"
    assert queued.now == NOW + 20
    open_window = {"file_id": {"S": "WINDOW#"}, "lease_until": {"N": str(int(NOW) + 99)}, "last_ms": {"N": "0"}}
    queued.dynamodb.put_item(TableName=queued.table, Item=open_window)
    assert queued.handle(files("fhir/b.ndjson"))["run"] == "waits for the burst to end"
    assert int(queued.item("WINDOW#")["last_ms"]) == int(queued.now * 1000)


# --- the end of a run ---


def test_the_last_gold_job_ends_the_run(world):
    world.glue.runs = [run("RUNNING", succeeded())]
    world.glue.later = [run("RUNNING", succeeded()), run("COMPLETED", succeeded())]
    outcome = world.handle(ended())
    assert (outcome["over"], outcome["verdict"], outcome["told"]) == (True, "succeeded", True)
    (message,) = world.sns.messages
    assert message["Subject"] == "wf: run succeeded"
    assert "wr_1" in message["Message"] and "secret" not in message["Message"]
    item = world.item("RUN#wr_1")
    assert (item["entity"], item["verdict"], item["run_id"]) == ("RUN", "succeeded", "wr_1")
    assert world.glue.starts == 0


def test_one_message_a_run(world):
    world.glue.runs = [run("COMPLETED", succeeded())]
    assert [world.handle(ended(job))["told"] for job in GOLD] == [True, False]
    assert len(world.sns.messages) == 1


def test_the_message_counts_files_that_failed_in_a_good_run(world):
    """By a count that the Bronze jobs keep; no key of any file."""
    world.glue.runs = [run("COMPLETED", succeeded())]
    world.dynamodb.put_item(
        TableName=world.table,
        Item={
            "file_id": {"S": "READING#wr_1"},
            "failed_files": {"N": "2"},
            "patient_0": {"S": "raw/fhir/Jane.json#1"},
        },
    )
    world.handle(ended())
    text = world.sns.messages[0]["Message"]
    assert "failed files: 2 (metriccare ledger list --status failed" in text and "Jane" not in text


def test_a_message_that_could_not_be_sent_is_sent_by_the_next_try(world):
    world.glue.runs = [run("COMPLETED", succeeded())]
    world.sns.broken = True
    with pytest.raises(ClientError):
        world.handle(ended())
    world.sns.broken = False
    assert world.handle(ended())["told"] is True


def test_an_earlier_gold_job_ends_nothing(world):
    world.glue.runs = [run("RUNNING", succeeded(gold_readmission="RUNNING"))]
    assert world.handle(ended())["over"] is False
    assert world.sns.messages == []


def test_a_failed_run_gives_back_its_claims_and_says_so(world):
    world.handle(files("fhir/a.ndjson"))
    world.claim("wr_1")
    states = succeeded(bronze_encounter="FAILED", silver_patient=None, gold_hai=None, gold_readmission=None)
    world.glue.runs = [run("COMPLETED", states)]
    outcome = world.handle(ended("bronze_encounter", "FAILED"))
    assert (outcome["released"], outcome["verdict"]) == (1, "failed")
    (item,) = world.files()
    assert (item["status"], item["attempt"]) == ("received", 1)
    assert world.glue.starts == 1  # the first event's; a file that was tried does not start the next run by itself
    assert "bronze_encounter: FAILED" in world.sns.messages[0]["Message"]
    assert "gold_hai: NOT_RUN" in world.sns.messages[0]["Message"]


def test_claims_of_another_run_are_left_alone(world):
    world.handle(files("fhir/a.ndjson"))
    world.claim("wr_2")
    world.glue.runs = [run("COMPLETED", succeeded())]
    assert world.handle(ended())["released"] == 0
    assert world.files()[0]["status"] == "claimed"


def test_a_file_that_came_meanwhile_starts_the_next_run(world):
    world.glue.busy = True
    world.handle(files("fhir/a.ndjson"))
    world.glue.busy = False
    world.glue.runs = [run("COMPLETED", succeeded())]
    assert world.handle(ended())["started"] == "wr_new_1"


def test_a_file_that_was_put_back_meanwhile_is_read_by_the_next_run(world):
    """As `ledger reprocess` does it: the attempt stays, the run is forgotten."""
    world.handle(files("fhir/a.ndjson"))
    world.claim("wr_1", attempt=7)
    world.glue.runs = [run("COMPLETED", dict.fromkeys(GOLD, "SUCCEEDED"))]
    for item in world.files():
        world.dynamodb.update_item(
            TableName=world.table,
            Key={"file_id": {"S": item["file_id"]}},
            UpdateExpression="SET #s = :s REMOVE run_id, lease_until, lease_owner",
            ExpressionAttributeNames={"#s": "status"},
            ExpressionAttributeValues={":s": {"S": "received"}},
        )
    assert world.handle(ended())["started"] == "wr_new_2"
    world.claim("wr_1", attempt=8)
    assert world.handle(ended())["started"] is None  # tried again and not finished: that is another matter


def test_a_failed_run_starts_the_next_only_for_what_came_after_it_began(world):
    """A run that dies before it claims must not start itself again and again."""
    world.glue.busy = True
    world.now = NOW - 3600
    world.handle(files("fhir/before.ndjson"))
    world.glue.busy, world.now = False, NOW
    states = succeeded(bronze_patient="FAILED", silver_patient=None, gold_hai=None, gold_readmission=None)
    world.glue.runs = [run("COMPLETED", states)]
    assert world.handle(ended("bronze_patient", "FAILED"))["started"] is None
    world.glue.busy = True
    world.handle(files("fhir/after.ndjson"))
    world.glue.busy = False
    assert world.handle(ended("bronze_patient", "FAILED"))["started"] == "wr_new_1"


def test_a_retry_that_follows_is_no_end(world):
    """FAILED of a first attempt: the run goes on, Glue starts the job again."""
    states = succeeded(gold_hai="FAILED")
    world.glue.runs = [run("RUNNING", states)]
    world.glue.later = [run("RUNNING", states), run("RUNNING", succeeded(gold_hai="RUNNING"))]
    assert world.handle(ended(state="FAILED"))["over"] is False
    assert world.sns.messages == []


def test_a_run_that_stays_running_is_looked_at_again(world):
    world.glue.runs = [run("RUNNING", succeeded())]
    with pytest.raises(myglueworkflow.RunNotOver):
        world.handle(ended())
    assert world.now - NOW <= myglueworkflow.WAIT_FOR_END_SECONDS + 1
    world.now = NOW
    with pytest.raises(myglueworkflow.RunNotOver):
        world.handle(ended(), seconds=12)
    assert world.now - NOW <= 3


def test_a_job_that_ran_alone_is_no_workflow_run(world):
    world.glue.runs = [run("COMPLETED", succeeded())]
    detail = {"jobName": "gold_hai", "state": "SUCCEEDED", "jobRunId": "jr_alone"}
    assert world.handle({"source": "aws.glue", "detail": detail})["run"] is None


@pytest.mark.parametrize(
    ("status", "changed", "word"),
    [
        ("COMPLETED", {}, "succeeded"),
        ("COMPLETED", {"gold_hai": "FAILED"}, "failed"),
        ("COMPLETED", {"gold_hai": "TIMEOUT"}, "timeout"),
        ("COMPLETED", {"gold_hai": "STOPPED"}, "stopped"),
        ("COMPLETED", {"gold_hai": None}, "failed"),
        ("STOPPED", {"gold_hai": None}, "stopped"),
        ("STOPPED", {"gold_hai": "STOPPED", "gold_readmission": "FAILED"}, "failed"),
        ("ERROR", dict.fromkeys(succeeded(), None), "failed"),
    ],
)
def test_verdicts(status, changed, word):
    assert workflow_end.verdict(run(status, succeeded(**changed))) == word


def test_the_latest_attempt_of_a_job_counts():
    one = run("COMPLETED", succeeded())
    job_runs = one["Graph"]["Nodes"][-1]["JobDetails"]["JobRuns"]
    job_runs.insert(0, {"Id": "jr_old", "Attempt": 0, "JobRunState": "FAILED"})
    job_runs[1]["Attempt"] = 1
    assert workflow_end.verdict(one) == "succeeded"


# --- the schedule ---


def test_the_schedule_heals_lost_events(world):
    world.glue.busy = True
    world.handle(files("fhir/a.ndjson"))
    world.claim("wr_1")
    world.glue.busy = False
    world.glue.runs = [run("COMPLETED", succeeded(gold_hai="FAILED"))]
    outcome = world.handle({"source": "metriccare.schedule"})
    assert (outcome["settled"], outcome["started"]) == (1, "wr_new_1")
    assert len(world.sns.messages) == 1
    assert world.handle({"source": "metriccare.schedule"})["settled"] == 0


def test_the_schedule_takes_up_an_expired_lease(world):
    world.glue.busy = True
    world.handle(files("fhir/a.ndjson"))
    world.glue.busy = False
    world.claim("wr_gone", until=NOW + 60)
    assert world.handle({"source": "metriccare.schedule"})["started"] is None
    world.now = NOW + 61
    assert world.handle({"source": "metriccare.schedule"})["started"] == "wr_new_1"


def test_the_schedule_gives_up_on_a_file_in_the_end(world):
    world.glue.busy = True
    world.handle(files("fhir/a.ndjson"))
    world.glue.busy = False
    world.claim("wr_gone", attempt=myglueworkflow.SCHEDULE_ATTEMPTS + 1, until=0)
    assert world.handle({"source": "metriccare.schedule"})["started"] is None


def test_old_runs_are_not_told_of_again(world):
    """TTL may have taken the mark of a run that ended long ago."""
    old = datetime.fromtimestamp(NOW - 3 * 86400, timezone.utc)
    world.glue.runs = [run("COMPLETED", succeeded(), StartedOn=old, CompletedOn=old)]
    assert world.handle({"source": "metriccare.schedule"})["settled"] == 0


CHICAGO_DAY = datetime(2023, 11, 14, 20, tzinfo=timezone.utc).timestamp()  # 14:00 in Chicago


@pytest.fixture
def daily(world):
    world.environment["REFRESH_DAILY_IN"] = "America/Chicago"
    world.now = CHICAGO_DAY
    return world


def began(hours_ago, **more):
    at = datetime.fromtimestamp(CHICAGO_DAY, timezone.utc) - timedelta(hours=hours_ago)
    found = run(more.pop("status", "COMPLETED"), more.pop("states", dict.fromkeys(GOLD, "SUCCEEDED")), **more)
    return {**found, "StartedOn": at, "CompletedOn": None}


def scheduled(world):
    return world.handle({"source": "metriccare.schedule"})["started"]


def test_a_new_day_gets_one_run(daily):
    daily.glue.runs = [began(15)]  # yesterday in Chicago, today in UTC
    assert scheduled(daily) == "wr_new_1"
    daily.glue.runs = [began(1, run_id="wr_2"), *daily.glue.runs]
    assert scheduled(daily) is None


def test_a_run_of_the_day_that_is_on_is_enough(daily):
    daily.glue.runs = [began(0, status="RUNNING", states=dict.fromkeys(GOLD, "RUNNING"))]
    assert scheduled(daily) is None


def test_a_failed_day_is_tried_again_and_not_for_ever(daily):
    failed = [began(hours, run_id=f"wr_{hours}", states=dict.fromkeys(GOLD, "FAILED")) for hours in (1, 2, 3)]
    daily.glue.runs = failed[:2]
    assert scheduled(daily) == "wr_new_1"
    daily.glue.runs = failed
    assert scheduled(daily) is None


def test_a_fixed_day_or_a_lake_that_never_ran_needs_no_run(world, daily):
    assert scheduled(daily) is None
    del world.environment["REFRESH_DAILY_IN"]
    world.glue.runs = [began(30)]
    assert scheduled(world) is None
