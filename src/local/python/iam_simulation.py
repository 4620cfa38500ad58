"""Makes the emulator's SimulatePrincipalPolicy answer as AWS does.

MiniStack 1.5.33 looks at the first resource alone, knows nothing of the request's context keys, and finds no policies for
a role with a path.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Asked:
    resources: list
    context: dict


def install() -> None:
    from ministack.core.iam_evaluator import EvalContext, _gather_role_policies, _gather_user_policies, _permissions_boundary, evaluate
    from ministack.services import iam

    extract = iam._extract_simulate_params

    def extract_all(params):
        actions, _ = extract(params)
        return actions, Asked(members(params, "ResourceArns") or ["*"], context_of(params))

    def limits_of(principal, account):
        """A simulation counts the boundary of the user or role, as on AWS."""
        kind, _, name = principal.rsplit(":", 1)[-1].partition("/")
        store = {"role": iam._roles, "user": iam._users}.get(kind)
        return _permissions_boundary(store, name.rsplit("/", 1)[-1], account) if store is not None else []

    def decision(action, resource, asked, principal, account, policies):
        context = EvalContext(
            principal_arn=principal,
            principal_type="User",
            principal_account=account,
            action=action,
            resource_arn=resource,
            region=iam.get_region(),
            service_context=asked.context,
        )
        found = evaluate(context, policies, *limits_of(principal, account)).decision if policies else "ImplicitDeny"
        return {"Allow": "allowed", "Deny": "explicitDeny"}.get(found, "implicitDeny")

    def results(actions, asked, principal, account, policies):
        if not policies and ":role/" in principal:
            policies = _gather_role_policies(principal.rsplit("/", 1)[1], account)
        if not policies and ":user/" in principal:
            policies = _gather_user_policies(principal.rsplit("/", 1)[1], account)
        return "".join(
            result(action, {one: decision(action, one, asked, principal, account, policies) for one in asked.resources})
            for action in actions
        )

    iam._extract_simulate_params = extract_all
    iam._build_simulate_results_real = results


def members(params: dict, name: str) -> list:
    """Values of `name.member.1`, `name.member.2`, …"""
    from ministack.services.iam import _p

    values = []
    while value := _p(params, f"{name}.member.{len(values) + 1}"):
        values.append(value)
    return values


def context_of(params: dict) -> dict:
    from ministack.services.iam import _p

    context: dict = {}
    while name := _p(params, f"ContextEntries.member.{len(context) + 1}.ContextKeyName"):
        values = members(params, f"ContextEntries.member.{len(context) + 1}.ContextKeyValues")
        context[name.lower()] = values[0] if len(values) == 1 else values
    return context


def result(action: str, decisions: dict) -> str:
    """One action: its decision on all resources together, and on each."""
    from xml.sax.saxutils import escape

    worst = next((one for one in decisions.values() if one != "allowed"), "allowed")
    each = "".join(
        f"<member><EvalResourceName>{escape(resource)}</EvalResourceName>"
        f"<EvalResourceDecision>{one}</EvalResourceDecision>"
        "<MatchedStatements></MatchedStatements><MissingContextValues></MissingContextValues></member>"
        for resource, one in decisions.items()
    )
    return (
        f"<member><EvalActionName>{escape(action)}</EvalActionName>"
        f"<EvalResourceName>{escape(next(iter(decisions)))}</EvalResourceName><EvalDecision>{worst}</EvalDecision>"
        "<MatchedStatements></MatchedStatements><MissingContextValues></MissingContextValues>"
        f"<ResourceSpecificResults>{each}</ResourceSpecificResults></member>"
    )
