"""Refuses requests that say two things: MiniStack 1.5.33 checks the one and does the other.

It authorizes the action and the names of the query string, and IAM's and STS's own code reads the body's: without this
whoever may GetRole may AttachRolePolicy. No SDK writes such a request, and AWS's IAM and STS speak no JSON. It takes an
`Action` for the action of services too that know none (S3, Lambda), and lets in whom it finds no action for.
"""

import functools
import json
import re
from urllib.parse import parse_qs

QUERY_ONLY = {"iam", "sts"}
# These name what they are on by parameters that the emulator looks for in every action.
NAMED = {"iam", "sts", "sns"}
QUERY = QUERY_ONLY | {"sns", "sqs", "monitoring", "cloudformation", "ec2", "rds", "documentdb", "elasticache"}
QUERY |= {"elasticloadbalancing", "autoscaling", "ses"}


def install() -> None:
    from ministack.core import iam_actions, iam_evaluator

    action_of, check = iam_actions.extract_iam_action, iam_evaluator.enforce
    tables = (iam_actions._S3_QUERY_ACTIONS, iam_actions._S3_BUCKET_QUERY_ACTIONS, iam_actions._S3_OBJECT_QUERY_ACTIONS)
    subresources = {name for table in tables for name in table}

    def extract_iam_action(service, method, path, headers, body, query_params):
        if ambiguous(service, headers, body, query_params) or named_twice(service, path, body, query_params):
            return f"{service}:AmbiguousRequest"
        if service not in QUERY:
            # What is only data there: a parameter of a path, a form that is an object.
            query_params = {name: value for name, value in query_params.items() if name != "Action"}
            headers = {name: value for name, value in headers.items() if name != "content-type"}
            if service == "s3" and sum(name in query_params for name in subresources) > 1:
                return "s3:AmbiguousRequest"
        found = action_of(service, method, path, headers, body, query_params)
        # How newer SDKs ask CloudWatch: the path names the operation, and the body is CBOR.
        operation = re.fullmatch(r"/service/[^/]+/operation/(\w+)", path)
        if operation and service == "monitoring":
            asked = f"cloudwatch:{operation.group(1)}"
            return asked if found in (None, asked) else "cloudwatch:AmbiguousRequest"
        # Root may do what nobody has a name for, and who may do all.
        return found or f"{iam_actions.SERVICE_TO_IAM_NAMESPACE.get(service, service)}:UnnamedRequest"

    def enforce(access_key_id, iam_action, *more, **named):
        result = check(access_key_id, iam_action, *more, **named)
        if result is None and iam_action.endswith(":AmbiguousRequest"):
            # Whoever may do all may not do this: what was denied to him may be what is meant.
            return iam_evaluator.EvalResult("Deny", principal_arn=iam_evaluator.caller_arn())
        return result

    def json_field(body, field):
        try:
            return field_of(body, field)
        except UnicodeDecodeError:
            return ""

    field_of, iam_actions._safe_json_field = iam_actions._safe_json_field, json_field
    iam_actions.extract_iam_action = extract_iam_action
    iam_evaluator.enforce = enforce


QUEUE = re.compile(r"(?:https?://[^/?#]+/)?(?:\d{12}/)?([A-Za-z0-9_-]{1,80}(?:\.fifo)?)/?")


def named_twice(service: str, path: str, body: bytes, params: dict) -> bool:
    """Whether a request names what it is on in two ways, of which the one is checked and the other is used."""
    if service not in ("dynamodb", "sqs"):
        return False
    try:
        asked = json.loads(body)
    except ValueError:
        asked = {}
    asked = asked if isinstance(asked, dict) else {}
    if service == "dynamodb":
        # A batch names its tables inside.
        return "TableName" in asked and any(name in asked for name in ("RequestItems", "TransactItems"))
    urls = [asked.get("QueueUrl"), *params.get("QueueUrl", []), path.strip("/") or None]
    found = [QUEUE.fullmatch(url) if isinstance(url, str) else None for url in urls if url is not None]
    return None in found or len({one.group(1) for one in found}) > 1


@functools.cache
def operations(service: str) -> dict:
    import botocore.loaders

    model = botocore.loaders.Loader().load_service_model(service, "service-2")
    members = {name: shape.get("members", {}) for name, shape in model["shapes"].items()}
    return {
        name: {at.get("locationName", member) for member, at in members[one["input"]["shape"]].items()}
        for name, one in model["operations"].items()
        if "input" in one
    }


def strange(service: str, params: dict) -> bool:
    """Whether a parameter is none of the action's: by a `RoleName` beside it AttachUserPolicy would be on that role."""
    known = operations(service).get(params["Action"][0], set()) | {"Action", "Version"}
    return any(name.split(".")[0] not in known for name in params if not name.lower().startswith("x-amz-"))


def ambiguous(service: str, headers: dict, body: bytes, params: dict) -> bool:
    """`params` are the query string's over the form's."""
    target, kind = headers.get("x-amz-target", ""), headers.get("content-type", "")
    if service in QUERY_ONLY and (target or "json" in kind):
        return True
    if service in NAMED and "Action" in params and strange(service, params):
        return True
    if "Action" not in params or (service not in QUERY and not target):
        return False
    if target and target.rsplit(".", 1)[-1] != params["Action"][0]:
        return True
    if len(params["Action"]) > 1:
        return True
    # They read a body as a form whatever its type says, and whatever it begins with.
    form = {} if target else parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
    return any(params.get(name) != value for name, value in form.items()) or any(len(v) > 1 for v in form.values())
