"""Refuses requests that say two things: MiniStack 1.5.33 checks the one and does the other.

It authorizes the action and the names of the query string, and IAM's and STS's own code reads the body's: without this
whoever may GetRole may AttachRolePolicy. No SDK writes such a request, and AWS's IAM and STS speak no JSON.
"""

from urllib.parse import parse_qs

QUERY_ONLY = {"iam", "sts"}


def install() -> None:
    from ministack.core import iam_actions, iam_evaluator

    action_of, check = iam_actions.extract_iam_action, iam_evaluator.enforce

    def extract_iam_action(service, method, path, headers, body, query_params):
        found = action_of(service, method, path, headers, body, query_params)
        return f"{service}:AmbiguousRequest" if ambiguous(service, headers, body, query_params) else found

    def enforce(access_key_id, iam_action, *more, **named):
        result = check(access_key_id, iam_action, *more, **named)
        if result is None and iam_action.endswith(":AmbiguousRequest"):
            # Whoever may do all may not do this: what was denied to him may be what is meant.
            return iam_evaluator.EvalResult("Deny", principal_arn=iam_evaluator.caller_arn())
        return result

    iam_actions.extract_iam_action = extract_iam_action
    iam_evaluator.enforce = enforce


def ambiguous(service: str, headers: dict, body: bytes, params: dict) -> bool:
    """`params` are the query string's over the form's."""
    target, kind = headers.get("x-amz-target", ""), headers.get("content-type", "")
    if service in QUERY_ONLY and (target or "json" in kind):
        return True
    if "Action" not in params:
        return False
    if target and target.rsplit(".", 1)[-1] != params["Action"][0]:
        return True
    # IAM and STS read a body as a form whatever its type says.
    form = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True) if body[:1] not in (b"{", b"<") else {}
    return any(params.get(name) != value for name, value in form.items()) or any(len(v) > 1 for v in form.values())
