"""The Lambda function behind the raw bucket: records files in the ledger, starts the workflow, says how a run ended.

Called by S3 (new objects), by EventBridge when a job of ours ended, by the schedule, and by itself while files wait in
the queue. Logs hold counts and run ids; never an event's body or an object key, because keys may hold names.
"""

import os
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError
from dateutil import tz

import drain
import workflow_end
from arrivals import is_marker, parse_record
from burst import Burst
from denials import MissingRight, missing_right
from keeper import Keeper
from ledger_receive import Receiver
from metriccare_ledger.schema import iso_utc
from metriccare_ledger.table import Table
from patience import Patience, PatientClient, passes
from pending_files import PendingFiles
from run_notice import RunNotices
from surroundings import Clients, Settings, error_name, log
from turn import Turns
from undelivered import Undelivered
from workflow_end import Run

WAIT_FOR_END_SECONDS = 25  # of the run's Status, once its graph is at its end
WAIT_STEP_SECONDS = 0.5
SCHEDULE_ATTEMPTS = 5  # the schedule offers a file to a run this often
RUNS_LOOKED_AT = 25
UNHEARD_SECONDS = 86400
TRIES_A_DAY = 3  # of the run that a new day needs
RECORD_SECONDS = 6  # of patience with a ledger that throttles, before an arrival goes to the queue
SPARE_SECONDS = 8  # of the function's time, for what must be done at its end; a quarter of a short one
NO_LIMIT_SECONDS = 60


class SomeRecordsFailed(Exception):
    """Raised after the other records were handled: Lambda tries the event again, then tells the alert topic."""


class RunNotOver(Exception):
    """The graph is at its end but the run is still RUNNING: Lambda tries the event again later."""


def lambda_handler(event: dict[str, Any] | None, context: Any) -> dict[str, Any]:
    """Entry point; returns counts."""
    handler = Handler(Settings(os.environ), Clients())
    try:
        outcome = handler.handle(event or {}, context)
    except ClientError as error:
        missing = missing_right(error)
        if missing is None:
            raise
        log({"event": "denied", "error": missing})
        raise MissingRight(missing) from None
    log(outcome)
    return outcome


class Handler:
    """One event at a time. `clients` has `dynamodb`, `glue` and `sns`, with a queue `sqs` and `lambda` too."""

    def __init__(
        self,
        settings: Settings,
        clients: Any,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._clients = clients
        self._sleep = sleep
        self._clock = clock
        self._patience = Patience(clock, sleep)
        self._deadline = 0.0
        ledger = PatientClient(clients.dynamodb, self._patience)
        table = Table(ledger, settings.table, settings.hash_key, settings.ttl)
        self._pending = PendingFiles(table, clock)
        self._notices = RunNotices(table, clock)
        self._receiver = Receiver(ledger, settings.table, settings.hash_key, clock, sleep)
        self._turns = Turns(table, clock)
        self._queue = Undelivered(clients, settings.queue)
        self._keeper = Keeper(settings, clients, self._queue, self._drain, self._start)

    def handle(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        """Tell the events apart by their shape."""
        left = context.get_remaining_time_in_millis() / 1000 if context is not None else NO_LIMIT_SECONDS
        self._deadline = self._patience.until = self._clock() + left - min(SPARE_SECONDS, left / 4)
        if isinstance(event.get("Records"), list):
            return self._files(event["Records"])
        if event.get("Event") == "s3:TestEvent":
            return {"event": "test"}
        if event.get("source") == "aws.glue":
            return self._job_ended(event.get("detail") or {}, context)
        if event.get("source") in ("metriccare.schedule", "aws.events"):
            return self._schedule(context)
        if event.get("source") == drain.SOURCE:
            return self._keeper.go_on(context, self._deadline, event)
        return {"event": "ignored"}

    # --- new files ---

    def _files(self, records: list[Any]) -> dict[str, Any]:
        counts: dict[str, Any] = {
            "event": "files",
            "records": len(records),
            "new": 0,
            "known": 0,
            "ignored": 0,
            "failed": 0,
        }
        failed = self._record_all(records, counts)
        if failed and self._queue:
            counts["queued"] = self._put(failed)
        counts["run"] = self._start_for_files(counts)
        if counts["failed"] > counts.get("queued", 0):
            log(counts)
            raise SomeRecordsFailed(f"{counts['failed']} of {counts['records']} records: {counts['error']}")
        return counts

    def _record_all(self, records: list[Any], counts: dict[str, Any]) -> list[Any]:
        """Those that the ledger did not take. S3 sends one an event, and its call must end soon: they are limited."""
        if self._queue:
            self._patience.until = min(self._deadline, self._clock() + RECORD_SECONDS * len(records))
        failed = []
        for record in records:
            try:
                counts[self._file(record)] += 1
            except Exception as error:  # the others must still be handled
                failed.append(record)
                counts["error"] = error_name(error)
        counts["failed"] = len(failed)
        self._patience.until = self._deadline
        return failed

    def _put(self, records: list[Any]) -> int:
        """How many the queue took: Lambda tries the whole event again for the rest, and then puts it there itself."""
        try:
            return self._queue.put(records)
        except Exception as error:
            log({"event": "queue", "error": error_name(error)})
            return 0

    def _file(self, record: Any) -> str:
        if not str(record.get("eventName", "")).startswith("ObjectCreated"):
            return "ignored"
        arrival = parse_record(record)
        elsewhere = self._settings.bucket and arrival.bucket != self._settings.bucket
        if elsewhere or is_marker(arrival) or not arrival.key.startswith(self._settings.prefix):
            return "ignored"
        return "new" if self._receiver.receive(arrival) else "known"

    def _start_for_files(self, counts: dict[str, Any]) -> str | None:
        """A known file may be the second try of an event whose first try died before it started the run."""
        if not counts["new"] and not (counts["known"] and self._pending.waiting(max_attempt=0)):
            return None
        burst = Burst(self._turns, self._settings.batch_window, self._clock, self._sleep)
        return self._start() if burst.is_mine(self._deadline) else "waits for the burst to end"

    # --- the end of a run ---

    def _job_ended(self, detail: dict[str, Any], context: Any) -> dict[str, Any]:
        run = self._run_of(detail.get("jobRunId"))
        if run is None:
            return {"event": "job", "run": None}
        run = self._wait_for_end(run, context)
        if not workflow_end.is_over(run):
            if workflow_end.may_be_over(run):
                raise RunNotOver(run["WorkflowRunId"])
            return {"event": "job", "run": run["WorkflowRunId"], "over": False}
        outcome = self._settle(run)
        # what the data is like keeps no file waiting
        started = self._start() if self._next_has_work(run, workflow_end.jobs_verdict(run)) else None
        self._keeper.wake(context)
        return {"event": "job", "run": run["WorkflowRunId"], "over": True, "started": started, **outcome}

    def _next_has_work(self, run: Run, verdict: str) -> bool:
        """Files that came meanwhile; after a good run also those that somebody put back while it was on.

        What a run took and did not finish keeps that run's id, and waits for the schedule: a broken job must not loop.
        """
        if self._pending.waiting(max_attempt=0, since=self._since(run, verdict)):
            return True
        return verdict == "succeeded" and self._pending.were_put_back()

    def _run_of(self, job_run_id: str | None) -> Run | None:
        """The workflow run that holds a job run: among the newest, since events come soon after."""
        for run in self._recent_runs():
            if workflow_end.holds_job_run(run, job_run_id):
                return run
        return None

    def _recent_runs(self) -> list[Run]:
        reply = self._clients.glue.get_workflow_runs(
            Name=self._settings.workflow, IncludeGraph=True, MaxResults=RUNS_LOOKED_AT
        )
        return reply.get("Runs") or []

    def _wait_for_end(self, run: Run, context: Any) -> Run:
        left = context.get_remaining_time_in_millis() / 1000 if context is not None else WAIT_FOR_END_SECONDS * 2
        deadline = self._clock() + min(WAIT_FOR_END_SECONDS, left - 10)
        while not workflow_end.is_over(run) and workflow_end.may_be_over(run) and self._clock() < deadline:
            self._sleep(WAIT_STEP_SECONDS)
            reply = self._clients.glue.get_workflow_run(
                Name=self._settings.workflow, RunId=run["WorkflowRunId"], IncludeGraph=True
            )
            run = reply["Run"]
        return run

    def _settle(self, run: Run) -> dict[str, Any]:
        """Give back what the run claimed and did not finish, and say once how it went."""
        run_id = run["WorkflowRunId"]
        released = sum(1 for item in self._pending.all() if self._pending.release(item, run_id))
        return {"released": released, "verdict": workflow_end.verdict(run), "told": self._tell(run)}

    def _tell(self, run: Run) -> bool:
        run_id = run["WorkflowRunId"]
        files = self._notices.mark(run_id, workflow_end.verdict(run))
        if files is None:
            return False
        if not self._settings.topic:
            return True
        failed = self._notices.failed_files(run_id)
        subject, text = workflow_end.message(run, self._settings.environment, self._settings.workflow, files, failed)
        try:
            self._clients.sns.publish(TopicArn=self._settings.topic, Subject=subject, Message=text)
        except Exception:
            self._notices.unmark(run_id)
            raise
        return True

    # --- the schedule ---

    def _schedule(self, context: Any) -> dict[str, Any]:
        """Catch up on what events did not tell, and on the queue: trouble with one is none of the other."""
        if not self._queue:
            return self._look()
        try:
            outcome, trouble = self._look(), ""
        except Exception as error:
            outcome, trouble = {"event": "schedule"}, error_name(error)
            log({**outcome, "error": trouble})
            if passes(error):
                self._keeper.begin(context, self._deadline)
                raise
        return {**outcome, "queue": self._keeper.begin(context, self._deadline, trouble)}

    def _drain(self) -> drain.Drain:
        return drain.Drain(self._queue, self._turns, self._clients, self._clock, self._file, self._look, error_name)

    def _look(self) -> dict[str, Any]:
        """Runs that ended unheard, files that wait, a day that began."""
        settled = [self._settle(run) for run in self._unheard()]
        wanted = self._pending.waiting(max_attempt=SCHEDULE_ATTEMPTS) or self._day_is_missing()
        return {"event": "schedule", "settled": len(settled), "started": self._start() if wanted else None}

    def _day_is_missing(self) -> bool:
        """Measures as of today change with the date alone: a day needs one good run, whether or not files come.

        Nothing has ever run: there is nothing to compute anew. No day is tried for ever.
        """
        if not self._settings.daily_in:
            return False
        zone = tz.gettz(self._settings.daily_in)  # dateutil brings its own zones: the runtime may have none
        today = datetime.fromtimestamp(self._clock(), zone).date()
        runs = [run for run in self._recent_runs() if run.get("StartedOn")]
        of_today = [run for run in runs if run["StartedOn"].astimezone(zone).date() == today]
        if any(not workflow_end.is_over(run) or workflow_end.jobs_verdict(run) == "succeeded" for run in of_today):
            return False
        return bool(runs) and len(of_today) < TRIES_A_DAY

    def _unheard(self) -> list[Run]:
        """Runs that ended lately and were not told of. Older ones are left alone: TTL may have taken their mark."""
        since = self._clock() - UNHEARD_SECONDS
        over = [run for run in self._recent_runs() if workflow_end.is_over(run) and run.get("CompletedOn")]
        late = [run for run in over if run["CompletedOn"].timestamp() > since and workflow_end.latest_job_runs(run)]
        return [run for run in late if not self._notices.marked(run["WorkflowRunId"])]

    def _since(self, run: Run, verdict: str) -> str:
        """Only what came after a failed run began may start the next: a run may die before it claims a file."""
        started = run.get("StartedOn")
        return "" if verdict == "succeeded" or started is None else iso_utc(started.timestamp())

    def _start(self) -> str:
        """Start a run; that one is on already is a normal outcome, its end starts the next."""
        try:
            return str(self._clients.glue.start_workflow_run(Name=self._settings.workflow)["RunId"])
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConcurrentRunsExceededException":
                return "already running"
            raise
