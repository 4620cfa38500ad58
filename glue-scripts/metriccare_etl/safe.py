"""Failures and log lines that never quote data.

Spark's JSON and cast errors, Hudi's write errors and Python's own messages may hold a line of input. So a failure is
told by its class, AWS's code, the Java classes behind it and the place in this package, and nothing else. Only the
text of a `Problem` is shown: it is written by us, from configuration and counts; and what IAM says of a missing right.
"""

import json
import re
import sys
import traceback
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

# IAM's words: who, what, on what. They name roles, actions and resources, never data.
DENIED = re.compile(r"arn:\S+ is not authorized to perform:? [\w:-]+(?: on resource:? \"?[^\s\",;]+)?")
OURS = re.compile(r".*metriccare_(?:etl|ledger)/*")  # up to the module, in a folder or in a zip
UNREADABLE = re.compile(r"ReadFailed: (\w+)")  # AWS's code, from an executor's Python


T = TypeVar("T")


class Problem(Exception):
    """A failure whose text is safe to show: it names settings, counts and ids of runs only."""


class JobFailed(Exception):
    """What a job ends with. Its text is safe."""


def log(event: str, **fields: Any) -> None:
    """One JSON line of counts and ids of runs."""
    print(json.dumps({"event": event, **fields}, sort_keys=True, default=str), flush=True)


def describe(error: BaseException) -> str:
    """One line about an error, without a word of its message unless we wrote it."""
    if isinstance(error, (Problem, JobFailed)):
        return str(error)
    parts = [type(error).__name__]
    code = _aws_code(error)
    if code:
        parts.append(code)
    parts.extend(_java_classes(error))
    place = _place(error)
    refused = refusal(error)
    return " ".join(parts) + (f" at {place}" if place else "") + (f": {refused}" if refused else "")


def refusal(error: BaseException) -> str:
    """Which role may not do what on which resource, in IAM's words; "" when that is not what went wrong."""
    response = getattr(error, "response", None)
    message = response.get("Error", {}).get("Message", "") if isinstance(response, dict) else ""
    return _refusal_in([message, *(text for _, text in java_chain(error))])


def denied(error: BaseException) -> bool:
    """Whether a right was missing, by what S3's connectors and boto3 call that."""
    return any("AccessDenied" in f"{name} {text}" for name, text in java_chain(error)) or "AccessDenied" in _aws_code(
        error
    )


def _refusal_in(texts: Iterable[object]) -> str:
    found = next(filter(None, (DENIED.search(str(text)) for text in texts)), None)
    return found.group(0).replace('"', "") if found else ""


def guarded(name: str, work: Callable[[], T]) -> T:
    """Run a job's work; a failure becomes a JobFailed with a safe text, and so an exit code that is not 0."""
    try:
        return work()
    except Exception as error:
        text = f"{name}: {describe(error)}"
    log("failed", job=name, error=text)
    print(text, file=sys.stderr, flush=True)
    raise JobFailed(text)


def _aws_code(error: BaseException) -> str:
    response = getattr(error, "response", None)
    if not isinstance(response, dict):
        return ""
    return f"{getattr(error, 'operation_name', '')} {response.get('Error', {}).get('Code', '')}".strip()


def _java_classes(error: BaseException) -> list[str]:
    """Names of the Java exception and of its causes (py4j, or Spark's converted exceptions)."""
    names = []
    error_class = getattr(error, "getErrorClass", None)
    if callable(error_class):
        names.append(str(error_class() or ""))
    for name, text in java_chain(error):
        unreadable = UNREADABLE.search(text)
        names.append(f"{name} ({unreadable.group(1)})" if unreadable else name)
    return [name for name in names if name]


def java_chain(error: BaseException) -> list[tuple[str, str]]:
    """Class and message of the Java exception and of its causes. The messages may quote data: look, do not show."""
    chain: list[tuple[str, str]] = []
    cause = getattr(error, "java_exception", None) or getattr(error, "_origin", None)
    try:
        while cause is not None and len(chain) < 10:
            chain.append((cause.getClass().getName(), str(cause.getMessage() or "")))
            cause = cause.getCause()
    except Exception:  # the gateway may be gone; all this is an extra
        chain.append(("(java side gone)", ""))
    return chain


def _place(error: BaseException) -> str:
    """File and line of the innermost frame that is ours."""
    trace = traceback.extract_tb(error.__traceback__)
    places = [(OURS.sub("", frame.filename), frame.lineno) for frame in trace if OURS.search(frame.filename)]
    # Not by __file__: of a compiled module in a zip that is another name than its frames have.
    named = [f"{file}:{line}" for file, line in places if file != "safe.py"]
    return named[-1] if named else ""
