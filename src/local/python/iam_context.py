"""Supplies the condition keys that IAM's own actions, CloudWatch, EventBridge, Lambda and SNS have on AWS and MiniStack 1.5.33 leaves out.

A right deployer policy stands on them: "only with this permissions boundary", "only these policies". Which action has
which key is the Service Authorization Reference's.
"""

import json

# The boundary that the request asks for.
ASKED = {"CreateRole", "CreateUser", "PutRolePermissionsBoundary", "PutUserPermissionsBoundary"}
# The boundary that the role or user has.
STANDING = {
    "AttachRolePolicy",
    "AttachUserPolicy",
    "DeleteRole",
    "DeleteRolePermissionsBoundary",
    "DeleteRolePolicy",
    "DeleteUserPermissionsBoundary",
    "DeleteUserPolicy",
    "DetachRolePolicy",
    "DetachUserPolicy",
    "GetRole",
    "PutRolePolicy",
    "PutUserPolicy",
    "UpdateAssumeRolePolicy",
    "UpdateRole",
    "UpdateRoleDescription",
}
POLICY = {f"{verb}{who}Policy" for verb in ("Attach", "Detach") for who in ("Role", "User", "Group")}


def install() -> None:
    from ministack.core import iam_actions, iam_evaluator

    tags_of = iam_actions.request_tag_context

    def request_tag_context(service, iam_action, body, params):
        given = keys_of(service, iam_action.split(":", 1)[-1], body, params)
        return {**tags_of(service, iam_action, body, params), **given}

    iam_actions.request_tag_context = request_tag_context
    # Boundaries and session policies may ask for the resource's tags too; it looks for such a condition in grants alone.
    iam_evaluator._names_condition_key = lambda policies, prefix: True


def keys_of(service: str, operation: str, body: bytes, params: dict) -> dict:
    if service == "iam":
        return iam_keys(operation, params)
    if service == "events" and operation == "PutTargets":
        targets = json_of(body).get("Targets")
        return {"events:TargetArn": [one.get("Arn", "") for one in targets if isinstance(one, dict)]} if targets else {}
    if service == "lambda" and operation in ("AddPermission", "RemovePermission"):
        return some({"lambda:Principal": json_of(body).get("Principal")})
    if service == "monitoring" and operation == "PutMetricData":
        return some({"cloudwatch:namespace": one_of(params, "Namespace") or cbor_text(body, "Namespace")})
    if service == "sns" and operation == "Subscribe":
        return some({"sns:Protocol": one_of(params, "Protocol"), "sns:Endpoint": one_of(params, "Endpoint")})
    return {}


def iam_keys(operation: str, params: dict) -> dict:
    keys = {}
    if operation in ASKED:
        keys["iam:PermissionsBoundary"] = one_of(params, "PermissionsBoundary")
    elif operation in STANDING:
        keys["iam:PermissionsBoundary"] = entity(params).get("PermissionsBoundary")
    if operation in POLICY:
        keys["iam:PolicyARN"] = one_of(params, "PolicyArn")
    if operation == "CreateServiceLinkedRole":
        keys["iam:AWSServiceName"] = one_of(params, "AWSServiceName")
    for tag in entity(params).get("Tags") or []:
        keys[f"iam:ResourceTag/{tag['Key']}"] = tag["Value"]
    return some(keys)


def entity(params: dict) -> dict:
    """The role, or else the user, that a request names."""
    from ministack.services import iam

    if name := one_of(params, "RoleName"):
        return iam._roles.get(name) or {}
    return iam._users.get(one_of(params, "UserName")) or {}


def some(keys: dict) -> dict:
    """A key without a value is an absent key, which is what `Null` and `...IfExists` ask for."""
    return {key: value for key, value in keys.items() if value}


def one_of(params: dict, name: str) -> str:
    value = params.get(name)
    value = value[0] if isinstance(value, list) and value else value
    return value if isinstance(value, str) else ""


def cbor_text(body: bytes, name: str) -> str:
    """A short text of a CBOR map, which is how boto3 speaks to CloudWatch since 1.42: a byte with its length, then it."""
    _, found, rest = body.partition(bytes([0x60 + len(name)]) + name.encode())
    length = rest[0] - 0x60 if found and rest else 0
    return rest[1 : 1 + length].decode("utf-8", "replace") if 0 < length < 24 else ""


def json_of(body: bytes) -> dict:
    try:
        data = json.loads(body or b"{}")
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}
