"""What IAM refused to the function's role, and the statement to add. It names role, action and resource, no data."""

import json
import re

from botocore.exceptions import ClientError

# IAM's own words; SNS and S3 put the resource in quotes or end it with a comma.
DENIED = re.compile(r"(arn:\S+) is not authorized to perform:? ([\w:-]+)(?: on resource:? \"?([^\s\",;]+))?")


class MissingRight(Exception):
    """The function's role lacks a right. Its text says which, and what to add."""


def missing_right(error: ClientError) -> str | None:
    """One line for the log and the alert, or None when something else went wrong."""
    found = DENIED.search(str(error.response.get("Error", {}).get("Message", "")))
    if found is None:
        return None
    who, action, resource = found.groups()
    statement = json.dumps({"Effect": "Allow", "Action": action, "Resource": resource or "*"})
    where = f" on resource: {resource}" if resource else ""
    return f"{who} is not authorized to perform: {action}{where}; the statement to add to its role: {statement}"
