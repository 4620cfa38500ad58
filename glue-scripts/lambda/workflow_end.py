"""What a Glue workflow run's graph says: whether it is at its end, and how it went.

AWS has no event for the end of a workflow, and a run whose Status is COMPLETED may still have failed: only the latest
run of every JOB node tells.
"""

import json
from typing import Any

Run = dict[str, Any]  # as Glue answers it
ACTIVE = {"STARTING", "RUNNING", "STOPPING", "WAITING"}
RUN_ACTIVE = {"RUNNING", "STOPPING"}
QUALITY = "metriccare_quality"  # the run property that the quality checks end in (`metriccare_etl.quality`)
NAMED = 10  # failed checks that a message names


def latest_job_runs(run: Run) -> list[tuple[str, dict[str, Any] | None]]:
    """(job name, its latest job run or None) of every JOB node of the run's graph."""
    nodes = (run.get("Graph") or {}).get("Nodes") or []
    found: list[tuple[str, dict[str, Any] | None]] = []
    for node in nodes:
        if node.get("Type") != "JOB":
            continue
        runs = (node.get("JobDetails") or {}).get("JobRuns") or []
        newest = max(runs, key=lambda item: (item.get("Attempt", 0), str(item.get("StartedOn", ""))), default=None)
        found.append((node.get("Name", "?"), newest))
    return found


def holds_job_run(run: Run, job_run_id: str | None) -> bool:
    """True when the job run belongs to this workflow run."""
    nodes = (run.get("Graph") or {}).get("Nodes") or []
    return any(
        item.get("Id") == job_run_id for node in nodes for item in (node.get("JobDetails") or {}).get("JobRuns") or []
    )


def may_be_over(run: Run) -> bool:
    """False while a job is active or the next layer is still to be started."""
    states = [job_run.get("JobRunState") if job_run else None for _, job_run in latest_job_runs(run)]
    if any(state in ACTIVE for state in states):
        return False
    return all(state == "SUCCEEDED" for state in states) or any(state not in (None, "SUCCEEDED") for state in states)


def is_over(run: Run) -> bool:
    """True when AWS itself has ended the run."""
    return run.get("Status") not in RUN_ACTIVE


def quality(run: Run) -> dict[str, Any]:
    """How many quality checks of each level failed, and which; {} where none were made."""
    try:
        said = json.loads((run.get("WorkflowRunProperties") or {}).get(QUALITY) or "{}")
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def verdict(run: Run) -> str:
    """succeeded | failed | stopped | timeout: what the jobs say, and `failed` where a check of level error did."""
    found = jobs_verdict(run)
    return "failed" if found == "succeeded" and quality(run).get("error") else found


def jobs_verdict(run: Run) -> str:
    """succeeded | failed | stopped | timeout, from the graph: whether the work is done, whatever the data is like."""
    states = [job_run.get("JobRunState") if job_run else "NOT_RUN" for _, job_run in latest_job_runs(run)]
    if run.get("Status") == "COMPLETED" and states and all(state == "SUCCEEDED" for state in states):
        return "succeeded"
    if any(state in ("FAILED", "ERROR") for state in states):
        return "failed"
    if "TIMEOUT" in states:
        return "timeout"
    if run.get("Status") == "STOPPED" or "STOPPED" in states:
        return "stopped"
    return "failed"


def message(run: Run, environment: str, workflow: str, files: int, failed: int = 0) -> tuple[str, str]:
    """(subject, text) of the one message at the end of a run: names, ids and counts, never input data."""
    how = verdict(run)
    because = " (quality)" if how != jobs_verdict(run) else ""
    run_id = run["WorkflowRunId"]
    lines = [
        f"Workflow run {how}{because}.",
        f"environment: {environment}",
        f"workflow: {workflow}",
        f"run: {run_id}",
        f"files: {files}",
        *([f"failed files: {failed} (metriccare ledger list --status failed --env {environment})"] if failed else []),
        *_quality_lines(run, environment),
        "jobs:",
    ]
    for name, job_run in latest_job_runs(run):
        state = job_run.get("JobRunState", "?") if job_run else "NOT_RUN"
        suffix = f" ({job_run.get('Id', '?')})" if job_run else ""
        lines.append(f"  {name}: {state}{suffix}")
    lines.append(f"more: metriccare runs show {run_id} --env {environment}")
    return f"{workflow}: run {how}{because}"[:99], "\n".join(lines)


def _quality_lines(run: Run, environment: str) -> list[str]:
    """Failed checks by name, errors first: names of the config and counts, no data."""
    found = quality(run)
    counts = [f"{found[level]} of level {level}" for level in ("error", "warning") if found.get(level)]
    if not counts:
        return []
    names = [f"{check}/{dataset}" if dataset else str(check) for _, check, dataset, _ in found.get("failed") or []]
    more = sum(int(found.get(level) or 0) for level in ("error", "warning")) - len(names[:NAMED])
    listed = ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")
    head = f"failed quality checks: {' and '.join(counts)}"
    return [f"{head} ({listed}; metriccare quality --env {environment})"]
