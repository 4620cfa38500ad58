"""What a Glue workflow run's graph says: whether it is at its end, and how it went.

AWS has no event for the end of a workflow, and a run whose Status is COMPLETED may still have failed: only the latest
run of every JOB node tells.
"""

from typing import Any

Run = dict[str, Any]  # as Glue answers it
ACTIVE = {"STARTING", "RUNNING", "STOPPING", "WAITING"}
RUN_ACTIVE = {"RUNNING", "STOPPING"}


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


def verdict(run: Run) -> str:
    """succeeded | failed | stopped | timeout, from the graph."""
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
    run_id = run["WorkflowRunId"]
    lines = [
        f"Workflow run {how}.",
        f"environment: {environment}",
        f"workflow: {workflow}",
        f"run: {run_id}",
        f"files: {files}",
        *([f"failed files: {failed} (metriccare ledger list --status failed --env {environment})"] if failed else []),
        "jobs:",
    ]
    for name, job_run in latest_job_runs(run):
        state = job_run.get("JobRunState", "?") if job_run else "NOT_RUN"
        suffix = f" ({job_run.get('Id', '?')})" if job_run else ""
        lines.append(f"  {name}: {state}{suffix}")
    lines.append(f"more: metriccare runs show {run_id} --env {environment}")
    return f"{workflow}: run {how}"[:99], "\n".join(lines)
