"""Checks `iam:PassRole` where a request gives a role to a service, which MiniStack 1.5.33 never does.

Without it whoever may create a function has every right of every role. Glue's jobs are the front's: it asks by the hook
`denial` (launcher.py).
"""

import contextvars
import re

from iam_context import json_of, one_of

# What a request passes: the service that gets the role, and where in the JSON the role's ARN is (`*`: each element).
JSON_ROLES = {
    "lambda:CreateFunction": ("lambda", ["Role"]),
    "lambda:UpdateFunctionConfiguration": ("lambda", ["Role"]),
    "events:PutRule": ("events", ["RoleArn"]),
    "events:PutTargets": ("events", ["Targets.*.RoleArn"]),
    "events:CreateEndpoint": ("events", ["RoleArn"]),
    "events:UpdateEndpoint": ("events", ["RoleArn"]),
    "scheduler:CreateSchedule": ("scheduler", ["Target.RoleArn"]),
    "scheduler:UpdateSchedule": ("scheduler", ["Target.RoleArn"]),
    "states:CreateStateMachine": ("states", ["roleArn"]),
    "states:UpdateStateMachine": ("states", ["roleArn"]),
    "pipes:CreatePipe": ("pipes", ["RoleArn"]),
    "pipes:UpdatePipe": ("pipes", ["RoleArn"]),
    "logs:PutDestination": ("logs", ["roleArn"]),
    "logs:PutSubscriptionFilter": ("logs", ["roleArn"]),
    "firehose:CreateDeliveryStream": ("firehose", ["*.RoleARN", "*.*.RoleARN"]),
    "firehose:UpdateDestination": ("firehose", ["*.RoleARN", "*.*.RoleARN"]),
    "cloudtrail:CreateTrail": ("cloudtrail", ["CloudWatchLogsRoleArn"]),
    "cloudtrail:UpdateTrail": ("cloudtrail", ["CloudWatchLogsRoleArn"]),
    "codebuild:CreateProject": ("codebuild", ["serviceRole"]),
    "codebuild:UpdateProject": ("codebuild", ["serviceRole"]),
    "ecs:RegisterTaskDefinition": ("ecs-tasks", ["taskRoleArn", "executionRoleArn"]),
    "ecs:RunTask": ("ecs-tasks", ["overrides.taskRoleArn", "overrides.executionRoleArn"]),
    "ecs:StartTask": ("ecs-tasks", ["overrides.taskRoleArn", "overrides.executionRoleArn"]),
}
# Requests of the query protocol that carry roles as values of attributes.
SNS_ATTRIBUTES = {"CreateTopic", "SetTopicAttributes", "Subscribe", "SetSubscriptionAttributes"}
ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/.+")
PASSED = "metriccare:passed"

# What was refused beside the request's own action, for the answer's text.
refused = contextvars.ContextVar("metriccare_refused", default=None)


def install() -> None:
    from ministack.core import iam_actions, iam_evaluator

    context_of = iam_actions.request_tag_context
    check = iam_evaluator.enforce
    denied = iam_actions.access_denied_response

    def request_tag_context(service, iam_action, body, params):
        context = context_of(service, iam_action, body, params)
        passed = passes(service, iam_action, body, params)
        return {**context, PASSED: passed} if passed else context

    def enforce(access_key_id, iam_action, service, region, resource_arn="*", service_context=None):
        context = dict(service_context or {})
        passed = context.pop(PASSED, [])
        refused.set(None)
        result = check(access_key_id, iam_action, service, region, resource_arn, context)
        for to, role in passed if result is None else []:
            keys = {"iam:PassedToService": to}
            if service == "lambda" and resource_arn != "*":
                keys["iam:AssociatedResourceArn"] = resource_arn
            result = check(access_key_id, "iam:PassRole", "iam", region, role, keys)
            if result is not None:
                refused.set(role)
                break
        return result

    def access_denied_response(service, action, principal_arn, request_id, **more):
        role = refused.get()
        if role is not None:
            more["message"] = iam_actions.identity_denial_message(
                "iam:PassRole", principal_arn, role, more.get("explicit_deny", False)
            )
        return denied(service, action, principal_arn, request_id, **more)

    iam_actions.request_tag_context = request_tag_context
    iam_evaluator.enforce = enforce
    iam_actions.access_denied_response = access_denied_response


def passes(service: str, action: str, body: bytes, params: dict) -> list:
    """The (service principal, role ARN) pairs of a request."""
    name = action.split(":", 1)[-1]
    if action in JSON_ROLES:
        to, paths = JSON_ROLES[action]
        data = json_of(body)
        return pairs(f"{to}.amazonaws.com", [value for path in paths for value in values(data, path.split("."))])
    if service == "sns" and name in SNS_ATTRIBUTES:
        return pairs("sns.amazonaws.com", [one_of(params, key) for key in params])
    if service == "cloudformation":
        return pairs("cloudformation.amazonaws.com", [one_of(params, "RoleARN")])
    if action == "iam:AddRoleToInstanceProfile":
        from iam_resources import role

        return pairs("ec2.amazonaws.com", [role("", params, account())])
    if action == "s3:PutReplicationConfiguration":
        return pairs("s3.amazonaws.com", re.findall(r"<Role>\s*([^<\s]+)", body.decode("utf-8", "replace")))
    return []


def pairs(to: str, found: list) -> list:
    return [(to, role) for role in dict.fromkeys(found) if isinstance(role, str) and ROLE.fullmatch(role)]


def values(data: object, path: list) -> list:
    if not path:
        return [data]
    if path[0] == "*":
        inner = list(data.values()) if isinstance(data, dict) else data if isinstance(data, list) else []
        return [value for one in inner for value in values(one, path[1:])]
    return values(data[path[0]], path[1:]) if isinstance(data, dict) and path[0] in data else []


def account() -> str:
    from ministack.core.responses import get_account_id

    return get_account_id()
