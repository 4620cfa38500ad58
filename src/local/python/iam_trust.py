"""Services assume roles as on AWS: by the role's trust policy with its conditions, and with secrets that nobody can guess.

MiniStack 1.5.33 lets Lambda have any role, whomever it trusts, makes a function's secret from the names of function
and role, which everybody knows, and takes the account's root for every service.
"""

import os
import secrets
import time

LAMBDA = "lambda.amazonaws.com"
CANNOT = "The role defined for the function cannot be assumed by Lambda."


def trusts(role: dict, service: str, source: str) -> bool:
    """Whether a role's trust policy lets a service assume it for the sake of `source`, an ARN of this account."""
    from ministack.core import iam_evaluator

    account = os.environ["MINISTACK_ACCOUNT_ID"]
    context = iam_evaluator.EvalContext(
        principal_arn=service,
        principal_type="Service",
        principal_account=account,
        action="sts:AssumeRole",
        resource_arn=role.get("Arn", "*"),
        region=os.environ["MINISTACK_REGION"],
        secure_transport=True,
        service_context={
            "aws:sourceaccount": account,
            "aws:sourcearn": source,
            "aws:principalisawsservice": "true",
            "aws:principalservicename": service,
        },
    )
    effects = {one["Effect"] for one in statements(role) if applies(one, service, context)}
    return "Allow" in effects and "Deny" not in effects


def statements(role: dict) -> list:
    import iam_context

    document = role.get("AssumeRolePolicyDocument") or {}
    policy = document if isinstance(document, dict) else iam_context.json_of(document.encode())
    found = policy.get("Statement", [])
    found = found if isinstance(found, list) else [found]
    return [one for one in found if isinstance(one, dict) and one.get("Effect") in ("Allow", "Deny")]


def applies(statement: dict, service: str, context: object) -> bool:
    from ministack.core import iam_evaluator

    principal = statement.get("Principal")
    if principal != "*" and not iam_evaluator._service_principal_matches(principal, service):
        return False
    actions, excepted = listed(statement.get("Action")), listed(statement.get("NotAction"))
    if not (actions or excepted) or not iam_evaluator._action_matches(context.action, actions, excepted):
        return False
    return iam_evaluator._conditions_met(statement.get("Condition", {}), context)


def listed(value: object) -> list:
    return [value] if isinstance(value, str) else value if isinstance(value, list) else []


def role_of(arn: str) -> dict | None:
    """The role of exactly this ARN, path and all."""
    from ministack.services import iam

    role = iam._roles.get(arn.rsplit("/", 1)[-1])
    return role if role and role.get("Arn") == arn else None


def new_key() -> str:
    return "ASIA" + "".join(secrets.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") for _ in range(16))


def session(role: dict, name: str, seconds: float | None) -> dict:
    """Fresh temporary credentials of a role."""
    from ministack.services import sts

    account, name_of_role = os.environ["MINISTACK_ACCOUNT_ID"], role["RoleName"]
    key = new_key()
    made = {
        "Arn": f"arn:aws:sts::{account}:assumed-role/{name_of_role}/{name}",
        "UserId": f"{role.get('RoleId', name_of_role)}:{name}",
        "SecretAccessKey": secrets.token_urlsafe(30),
        "SessionToken": secrets.token_urlsafe(96),
        "AccountId": account,
    }
    if seconds is not None:
        made["Expiration"] = time.time() + seconds
    sts.register_session(key, made)
    return {"accessKeyId": key, "secretAccessKey": made["SecretAccessKey"], "sessionToken": made["SessionToken"]}


def install() -> None:
    from ministack.core import iam_evaluator, lambda_runtime
    from ministack.core.responses import error_response_json
    from ministack.services import lambda_svc

    credentials = FunctionCredentials()
    # Both modules hold the name.
    lambda_runtime.execution_credentials = credentials
    lambda_svc.execution_credentials = credentials
    trusted = iam_evaluator._trust_principal_matches

    def _trust_principal_matches(principal, caller_arn, federated):
        # Nobody who calls STS is a service: these assume roles in here alone.
        people = {k: v for k, v in principal.items() if k != "Service"} if isinstance(principal, dict) else principal
        return trusted(people, caller_arn, federated)

    iam_evaluator._trust_principal_matches = _trust_principal_matches
    create, update = lambda_svc._create_function, lambda_svc._update_config

    def refusal(data: dict):
        arn = data.get("Role")
        role = role_of(arn) if isinstance(arn, str) else None
        source = lambda_svc._func_arn(data.get("FunctionName") or "")
        # A role that does not exist reads the same on AWS.
        if role is not None and trusts(role, LAMBDA, source):
            return None
        return error_response_json("InvalidParameterValueException", CANNOT, 400)

    def _create_function(data: dict):
        return refusal(data) or create(data)

    def _update_config(name: str, data: dict):
        return (refusal({**data, "FunctionName": name}) if "Role" in data else None) or update(name, data)

    lambda_svc._create_function = _create_function
    lambda_svc._update_config = _update_config


class FunctionCredentials:
    """What a function's process gets: credentials of its role that are its own, or none that anybody accepts."""

    def __init__(self) -> None:
        self.kept: dict = {}

    def __call__(self, config: dict) -> dict:
        role, function = role_of(config.get("Role", "")), config.get("FunctionArn", "")
        if role is None or not trusts(role, LAMBDA, function):
            return environment({"accessKeyId": new_key(), "secretAccessKey": "none", "sessionToken": "none"})
        # The same function in the same role has one session for as long as the emulator runs, as its processes do.
        key = (function, role["Arn"], role.get("RoleId"))
        if key not in self.kept:
            self.kept[key] = session(role, config.get("FunctionName", "function")[:64], None)
        return environment(self.kept[key])


def environment(credentials: dict) -> dict:
    return {
        "AWS_ACCESS_KEY_ID": credentials["accessKeyId"],
        "AWS_SECRET_ACCESS_KEY": credentials["secretAccessKey"],
        "AWS_SESSION_TOKEN": credentials["sessionToken"],
    }
