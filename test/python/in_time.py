"""AWS on a virtual clock, as far as a burst of files meets it: capacity, queue, Lambda's tries and time limit, Glue's one run."""

import heapq
import itertools
import json
import math
import random
import re
import threading
import types
import uuid

from botocore.exceptions import ClientError

BURST_SECONDS = 300  # of unused capacity that DynamoDB keeps
EXCEEDED = (
    "The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning "
    "level with the UpdateTable API."
)
PAGE_BYTES = 1_000_000


class TimedOut(BaseException):
    """Lambda ends a call whose time is over, wherever it stands."""


class Time:
    """Threads of which one runs at a time; whoever sleeps lets the next one run. Hours take seconds."""

    def __init__(self, now):
        self.now, self._waiting, self._count = now, [], itertools.count()
        self._back, self._limit = threading.Semaphore(0), now
        self.ends = threading.local()
        self.failed = []

    def at(self, moment, work):
        """Runs `work` at that moment, in a thread of its own."""
        heapq.heappush(self._waiting, (moment, next(self._count), work))

    def sleep(self, seconds):
        """For whoever runs: others go on meanwhile."""
        until = self.now + seconds
        end = getattr(self.ends, "at", None)
        nobody = not self._waiting or self._waiting[0][0] > until
        if nobody and until <= self._limit and (end is None or until < end):
            self.now = until
            return
        mine = threading.Semaphore(0)
        heapq.heappush(self._waiting, (min(until, end or until), next(self._count), mine))
        self._next()
        mine.acquire()
        if end is not None and self.now >= end:
            raise TimedOut

    def run(self, until):
        """Lets everything happen up to that moment."""
        self._limit = until
        self._next()
        self._back.acquire()
        self.now = until

    def _next(self):
        """Hands over to whoever is next; to `run` when nothing is left to happen."""
        if not self._waiting or self._waiting[0][0] > self._limit:
            self._back.release()
            return
        self.now, _, what = heapq.heappop(self._waiting)
        if isinstance(what, threading.Semaphore):
            what.release()
        else:
            threading.Thread(target=self._thread, args=(what,), daemon=True).start()

    def _thread(self, work):
        try:
            work()
        except BaseException as error:  # a bug of the test itself
            self.failed.append(error)
        finally:
            self._next()


def refusal(code, operation, message="m", **more):
    """As boto3 raises it."""
    status = {"ResponseMetadata": {"HTTPStatusCode": 400}}
    return ClientError({"Error": {"Code": code, "Message": message}, **status, **more}, operation)


class Capacity:
    """Units a second with the unused ones of five minutes."""

    def __init__(self, time, rate):
        self._time, self._rate, self._level, self._at = time, rate, rate * BURST_SECONDS, time.now

    def _refill(self):
        self._level = min(self._rate * BURST_SECONDS, self._level + (self._time.now - self._at) * self._rate)
        self._at = self._time.now

    def has(self, units):
        """Whether a request of so many would pass. A big one passes on any credit, and leaves a debt."""
        self._refill()
        return self._level >= min(units, self._rate)

    def use(self, units):
        """Takes them."""
        self._level -= units


def size(item):
    """Bytes of an item, about: names and values without DynamoDB's types."""
    return sum(len(name) + len(str(value)) - 8 for name, value in item.items())


class Table:
    """A provisioned table with the indexes of the ledger: a full index pushes back on writes of the table."""

    def __init__(self, time, units, rng):
        self.items, self._time, self._rng = {}, time, rng
        self._reads, self._writes = Capacity(time, units), Capacity(time, units)
        self._indexes = {name: Capacity(time, units) for name in ("pending", "by_time")}
        self._index_reads = Capacity(time, units)
        self.throttled = 0

    def _wait(self):
        # Some of the time: each wait lets another call come between, and costs the test a change of threads.
        if self._rng.random() < 0.3:
            self._time.sleep(self._rng.uniform(0.004, 0.05))

    def _read(self, capacity, units, operation):
        if not capacity.has(units):
            self.throttled += 1
            raise refusal("ProvisionedThroughputExceededException", operation, EXCEEDED)
        capacity.use(units)

    def get_item(self, TableName, Key, ConsistentRead=False):
        self._wait()
        item = self.items.get(Key["file_id"]["S"])
        self._read(self._reads, math.ceil(size(item or {}) / 4096) * (1 if ConsistentRead else 0.5), "GetItem")
        return {"Item": item} if item else {}

    def query(self, TableName, IndexName, ExclusiveStartKey=None, **_):
        assert IndexName == "pending"
        self._wait()
        found = sorted((i for i in self.items.values() if "pending" in i), key=lambda item: item["generation"]["S"])
        start, page, total = int(ExclusiveStartKey or 0), [], 0
        while start + len(page) < len(found) and total < PAGE_BYTES:
            page.append(found[start + len(page)])
            total += size(page[-1])
        self._read(self._index_reads, math.ceil(total / 8192), "Query")
        more = start + len(page) < len(found)
        return {"Items": page, **({"LastEvaluatedKey": start + len(page)} if more else {})}

    def _writable(self, items, factor):
        units = [(item, math.ceil(size(item) / 1024)) for item in items]
        needs = [(self._writes, factor * sum(each for _, each in units))]
        for name, attribute in (("pending", "pending"), ("by_time", "entity")):
            needs.append((self._indexes[name], sum(each for item, each in units if attribute in item)))
        if not all(capacity.has(need) for capacity, need in needs if need):
            self.throttled += 1
            return False
        for capacity, need in needs:
            capacity.use(need)
        return True

    def _put_all(self, puts, factor):
        for put in puts:
            old = self.items.get(put["Item"]["file_id"]["S"], {})
            if not holds(put["ConditionExpression"], old, put):
                return "ConditionalCheckFailed"
        if not self._writable([put["Item"] for put in puts], factor):
            return "ProvisionedThroughputExceeded"
        for put in puts:
            self.items[put["Item"]["file_id"]["S"]] = put["Item"]
        return None

    def put_item(self, **put):
        self._wait()
        wrong = self._put_all([put], 1)
        if wrong == "ConditionalCheckFailed":
            raise refusal("ConditionalCheckFailedException", "PutItem")
        if wrong:
            raise refusal("ProvisionedThroughputExceededException", "PutItem", EXCEEDED)

    def transact_write_items(self, TransactItems):
        self._wait()
        wrong = self._put_all([item["Put"] for item in TransactItems], 2)
        if wrong == "ProvisionedThroughputExceeded" and self._rng.random() < 0.5:
            raise refusal("ProvisionedThroughputExceededException", "TransactWriteItems", EXCEEDED)
        if wrong:
            reasons = [{"Code": wrong, "Message": EXCEEDED}, {"Code": "None"}]
            raise refusal("TransactionCanceledException", "TransactWriteItems", CancellationReasons=reasons)

    def update_item(self, TableName, Key, UpdateExpression, ConditionExpression=None, **request):
        self._wait()
        key = Key["file_id"]["S"]
        item = dict(self.items.get(key, {"file_id": {"S": key}}))
        if ConditionExpression and not holds(ConditionExpression, item, request):
            raise refusal("ConditionalCheckFailedException", "UpdateItem")
        for part in UpdateExpression.removeprefix("SET ").split(", "):
            name, value = part.split(" = ")
            item[request["ExpressionAttributeNames"][name]] = request["ExpressionAttributeValues"][value]
        if not self._writable([item], 1):
            raise refusal("ProvisionedThroughputExceededException", "UpdateItem", EXCEEDED)
        self.items[key] = item


def holds(condition, item, request):
    """Whether an item meets a condition of the handler's: comparisons, AND, OR, attribute_not_exists."""
    names, values = request["ExpressionAttributeNames"], request.get("ExpressionAttributeValues", {})

    def plain(value):
        return None if value is None else float(value["N"]) if "N" in value else value["S"]

    def name(match):
        return f"have[{names[match.group()]!r}]"

    text = re.sub(r"attribute_not_exists\((#\w+)\)", lambda m: f"({names[m.group(1)]!r} not in item)", condition)
    text = re.sub(r"#\w+", name, text).replace(" AND ", " and ").replace(" OR ", " or ").replace(" = ", " == ")
    text = re.sub(r":\w+", lambda match: repr(plain(values[match.group()])), text)
    have = {key: plain(value) for key, value in item.items() if set(value) <= {"N", "S"}}
    try:
        return bool(eval(text, {"have": have, "item": item}))
    except KeyError:
        return False  # a comparison with what is not there


class Queue:
    """At least once, in any order, hidden for a while; some entries of a batch fail, some deletes get lost."""

    def __init__(self, time, rng):
        self._time, self._rng, self.messages, self.broken = time, rng, {}, False
        self.sent = self.longest = self.received_again = 0

    def _wait(self):
        self._time.sleep(self._rng.uniform(0.004, 0.02))
        if self.broken:
            raise refusal("InternalError", "SQS")

    def add(self, body):
        """What AWS's own services put there."""
        self.sent += 1
        self.messages[uuid.uuid4().hex] = {"body": body, "from": self._time.now, "born": self._time.now, "receives": 0}
        self.longest = max(self.longest, len(self.messages))

    def get_queue_url(self, QueueName):
        self._wait()
        return {"QueueUrl": QueueName}

    def send_message_batch(self, QueueUrl, Entries):
        self._wait()
        assert len(Entries) <= 10 and sum(len(entry["MessageBody"]) for entry in Entries) <= 262_144
        failed = [entry for entry in Entries if self._rng.random() < 0.01]
        for entry in Entries:
            if entry not in failed:
                self.add(entry["MessageBody"])
        return {"Failed": [{"Id": entry["Id"], "Code": "InternalError", "SenderFault": False} for entry in failed]}

    def receive_message(self, QueueUrl, MaxNumberOfMessages, WaitTimeSeconds, VisibilityTimeout, AttributeNames):
        self._wait()
        seen = [key for key, one in self.messages.items() if one["from"] <= self._time.now]
        if not seen:
            self._time.sleep(WaitTimeSeconds)
        found = []
        for key in self._rng.sample(seen, min(len(seen), self._rng.randint(1, MaxNumberOfMessages))):
            one = self.messages[key]
            one["receives"] += 1
            self.received_again += one["receives"] > 1
            one["from"], one["receipt"] = self._time.now + VisibilityTimeout, f"{key}/{one['receives']}"
            attributes = {"ApproximateReceiveCount": str(one["receives"])}
            found.append({"ReceiptHandle": one["receipt"], "Body": one["body"], "Attributes": attributes})
        return {"Messages": found}

    def delete_message_batch(self, QueueUrl, Entries):
        self._wait()
        for entry in Entries:
            if self._rng.random() >= 0.02:
                self.messages.pop(entry["ReceiptHandle"].split("/")[0], None)
        return {}

    def change_message_visibility(self, QueueUrl, ReceiptHandle, VisibilityTimeout):
        self._wait()
        one = self.messages.get(ReceiptHandle.split("/")[0])
        if one and one["receipt"] == ReceiptHandle:
            one["from"] = self._time.now + VisibilityTimeout

    def get_queue_attributes(self, QueueUrl, AttributeNames):
        self._wait()
        seen = sum(1 for one in self.messages.values() if one["from"] <= self._time.now)
        return {"Attributes": {"ApproximateNumberOfMessages": str(seen)}}


class Glue:
    """One run at a time; each takes five minutes."""

    def __init__(self, time):
        self._time, self.starts = time, []

    def start_workflow_run(self, Name):
        if self.starts and self._time.now < self.starts[-1] + 300:
            raise refusal("ConcurrentRunsExceededException", "StartWorkflowRun")
        self.starts.append(self._time.now)
        return {"RunId": f"wr_{len(self.starts)}"}

    def get_workflow_runs(self, **_):
        return {"Runs": []}


class Lambda:
    """Asynchronous calls: at least once, two more tries, then the destination. A chain of calls to itself ends after 16."""

    RETRIES = (60, 120)

    def __init__(self, time, rng, queue, handle, seconds):
        self._time, self._rng, self._queue, self._handle, self._seconds = time, rng, queue, handle, seconds
        self._lineage = threading.local()
        self.calls = self.now = self.most = self.timed_out = self.given_up = 0
        self.links = []

    def event(self, payload, after=0.0, lineage=1, request=None, tries=0):
        """An event that AWS delivers soon."""
        request = request or uuid.uuid4().hex
        self._time.at(self._time.now + after, lambda: self._call(payload, lineage, request, tries))

    def invoke(self, FunctionName, InvocationType, Payload):
        self._time.sleep(0.02)
        assert (FunctionName, InvocationType) == ("trigger", "Event")
        lineage = self._lineage.at + 1
        if lineage > 16:
            raise refusal("RecursiveInvocationException", "Invoke")
        self.links.append(lineage)
        self.event(json.loads(Payload), after=0.1, lineage=lineage)

    def _call(self, payload, lineage, request, tries):
        self.calls += 1
        self.now += 1
        self.most = max(self.most, self.now)
        self._lineage.at, self._time.ends.at = lineage, self._time.now + self._seconds
        end = self._time.ends.at
        context = types.SimpleNamespace(
            get_remaining_time_in_millis=lambda: int((end - self._time.now) * 1000),
            aws_request_id=request,
            function_name="trigger",
        )
        try:
            self._handle(payload, context)
        except TimedOut:
            self.timed_out += 1
            self._again(payload, lineage, request, tries)
        except Exception:
            self._again(payload, lineage, request, tries)
        finally:
            self.now -= 1

    def _again(self, payload, lineage, request, tries):
        if tries < len(self.RETRIES):
            self.event(payload, self.RETRIES[tries], lineage, request, tries + 1)
            return
        self.given_up += 1
        self._queue.add(
            json.dumps(
                {"version": "1.0", "requestContext": {"condition": "RetriesExhausted"}, "requestPayload": payload}
            )
        )


def world(seed, units=5, seconds=60):
    """Everything, on one clock."""
    rng = random.Random(seed)
    random.seed(seed)  # the handler's own pauses
    time = Time(1_700_000_000.0)
    return types.SimpleNamespace(
        rng=rng, time=time, table=Table(time, units, rng), queue=Queue(time, rng), glue=Glue(time), seconds=seconds
    )
