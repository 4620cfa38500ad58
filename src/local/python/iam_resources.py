"""Makes the emulator's IAM check the resource that AWS checks, and name it when it refuses.

MiniStack 1.5.33 takes `*` for requests that name their resource by ARN (tags of topics, rules and tables) and for CreateFunction,
forgets log streams, asks for actions that IAM has not (SendMessageBatch),
writes rules of the default bus with the bus's name in them, and forgets the paths of roles: a policy that is right on AWS would be refused.
"""

import json


def install() -> None:
    from ministack.core import iam_actions

    resource_of = iam_actions.extract_resource_arn
    denied = iam_actions.access_denied_response

    def extract_resource_arn(service, method, path, headers, body, query_params, region, account_id):
        theirs = resource_of(service, method, path, headers, body, query_params, region, account_id)
        if service == "sns":
            return topic(theirs, query_params)
        if service == "events":
            return rule(theirs, body, region, account_id)
        if service == "dynamodb" and theirs == "*":
            return field(body, "ResourceArn") or "*"
        if service == "logs" and headers.get("x-amz-target", "").endswith(".GetLogEvents"):
            return f"{theirs}:log-stream:{field(body, 'logStreamName')}"
        if service == "lambda" and theirs == "*":
            return function(body, region, account_id)
        if service == "iam":
            return role(named(theirs, query_params, account_id), query_params, account_id)
        return theirs

    def access_denied_response(service, action, principal_arn, request_id, **more):
        if not any(more.get(key) for key in ("message", "error_code", "resource_policy_arn")):
            more["message"] = iam_actions.identity_denial_message(
                action, principal_arn, more.get("resource_arn", "*"), more.get("explicit_deny", False)
            )
        return denied(service, action, principal_arn, request_id, **more)

    lambda_actions(iam_actions)
    batches(iam_actions)
    iam_actions.extract_resource_arn = extract_resource_arn
    iam_actions.access_denied_response = access_denied_response


# IAM knows no action for a batch: whoever may do it once may do it ten times.
BATCHES = {
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
    "sns:PublishBatch": "sns:Publish",
}


def batches(iam_actions) -> None:
    theirs = iam_actions.extract_iam_action

    def extract_iam_action(service, method, path, headers, body, query_params):
        found = theirs(service, method, path, headers, body, query_params)
        return BATCHES.get(found, found)

    iam_actions.extract_iam_action = extract_iam_action


def first(value: object) -> str:
    value = value[0] if isinstance(value, list) and value else value
    return value if isinstance(value, str) else ""


def topic(theirs: str, params: dict) -> str:
    return first(params.get("ResourceArn")) or theirs


def rule(theirs: str, body: bytes, region: str, account: str) -> str:
    try:
        data = json.loads(body or b"{}")
    except ValueError:
        return theirs
    if not isinstance(data, dict) or "Entries" in data:
        return theirs
    if first(data.get("ResourceARN")):
        return first(data["ResourceARN"])
    name, bus = first(data.get("Rule")) or first(data.get("Name")), first(data.get("EventBusName")) or "default"
    if not name or "event-bus" in theirs:
        return theirs
    return f"arn:aws:events:{region}:{account}:rule/{name if bus == 'default' else f'{bus}/{name}'}"


def function(body: bytes, region: str, account: str) -> str:
    name = field(body, "FunctionName")
    return f"arn:aws:lambda:{region}:{account}:function:{name}" if name else "*"


def field(body: bytes, name: str) -> str:
    try:
        data = json.loads(body or b"{}")
    except ValueError:
        return ""
    return first(data.get(name)) if isinstance(data, dict) else ""


def named(theirs: str, params: dict, account: str) -> str:
    """What else a request of IAM names: without it the actions of policies and profiles would be on `*`."""
    from ministack.services import iam

    action, path = first(params.get("Action")), first(params.get("Path")) or "/"
    if action == "CreatePolicy" and first(params.get("PolicyName")):
        return f"arn:aws:iam::{account}:policy{path}{first(params.get('PolicyName'))}"
    if action.startswith("Simulate") and first(params.get("PolicySourceArn")):
        return first(params.get("PolicySourceArn"))
    if name := first(params.get("InstanceProfileName")):
        known = iam._instance_profiles.get(name) or {"Path": path}
        return f"arn:aws:iam::{account}:instance-profile{known.get('Path') or '/'}{name}"
    for member, store, kind in (("UserName", iam._users, "user"), ("GroupName", iam._groups, "group")):
        if name := first(params.get(member)):
            return f"arn:aws:iam::{account}:{kind}{(store.get(name) or {'Path': path}).get('Path') or '/'}{name}"
    return theirs


def role(theirs: str, params: dict, account: str) -> str:
    from ministack.services import iam

    name = first(params.get("RoleName"))
    # A role of an instance profile is passed (iam_passing.py); the action is the profile's.
    if not name or ":instance-profile/" in theirs:
        return theirs
    known = iam._roles.get(name)
    path = (known or {}).get("Path") or first(params.get("Path")) or "/"
    return f"arn:aws:iam::{account}:role{path}{name}"


# IAM names these differently from the API.
LAMBDA_ACTIONS = {
    "Invoke": "InvokeFunction",
    "InvokeWithResponseStream": "InvokeFunction",
    "GetLayerVersionByArn": "GetLayerVersion",
}


def lambda_actions(iam_actions) -> None:
    """Its own table knows half of Lambda's paths and takes PutFunctionEventInvokeConfig for UpdateFunctionCode."""
    theirs = iam_actions._lambda_action
    iam_actions._BOTOCORE_SERVICE_MAP.setdefault("lambda", ["lambda"])

    def _lambda_action(method, path):
        found = iam_actions._match_rest_action("lambda", method, path)
        return LAMBDA_ACTIONS.get(found, found) or theirs(method, path)

    iam_actions._lambda_action = _lambda_action
