"""Mends MiniStack 1.5.33's evaluation of policies where a policy that is right on AWS would read otherwise here.

ARN conditions match part by part on AWS (a `*` does not cross a colon), policy variables (`${aws:username}`) stand for
values, and SimulatePrincipalPolicy counts the permissions boundary.
"""

import re

VARIABLE = re.compile(r"\$\{([^}]*)\}")
LITERALS = {"*": "*", "?": "?", "$": "$"}


def install() -> None:
    from ministack.core import iam_evaluator

    matches = iam_evaluator.fnmatch_iam_cs
    first_match, met = iam_evaluator._first_match, iam_evaluator._conditions_met

    def arn_like(actual: str, expected: str) -> bool:
        got, wanted = actual.split(":", 5), expected.split(":", 5)
        # `*` alone is every ARN.
        if len(wanted) != 6 or len(got) != 6:
            return expected == "*" or (len(wanted) == len(got) and matches(actual, expected))
        return all(matches(one, other) for one, other in zip(got, wanted, strict=True))

    operators = iam_evaluator._CONDITION_OPS
    for name in ("arnequals", "arnlike"):
        operators[name] = arn_like
    for name in ("arnnotequals", "arnnotlike"):
        operators[name] = lambda actual, expected: not arn_like(actual, expected)

    def filled(context, text):
        """The text with its variables' values, or None: a statement that names an absent value matches nothing."""

        def value(found):
            name, _, default = found.group(1).partition(",")
            if name in LITERALS:
                return name
            known = iam_evaluator._resolve_condition_key(name.strip(), context)
            if known is None and default:
                known = default.strip().strip("'")
            if not isinstance(known, str):
                raise KeyError(name)
            return known

        try:
            return VARIABLE.sub(value, text)
        except KeyError:
            return None

    def with_values(context, statement):
        if not any("${" in one for one in (*statement.resources, *statement.not_resources)):
            return statement
        resources = [filled(context, one) for one in statement.resources]
        others = [filled(context, one) for one in statement.not_resources]
        # A name that no resource has: an empty list would mean every resource.
        return iam_evaluator.replace(
            statement,
            resources=[one if one is not None else "" for one in resources],
            not_resources=[one if one is not None else "*" for one in others],
        )

    def _first_match(context, stmts, effect):
        return first_match(context, [with_values(context, one) for one in stmts], effect)

    def _conditions_met(conditions, context):
        return met({name: block_of(context, block) for name, block in (conditions or {}).items()}, context)

    def block_of(context, block):
        if not isinstance(block, dict):
            return block
        return {key: expected_of(context, value) for key, value in block.items()}

    def expected_of(context, value):
        if isinstance(value, list):
            return [expected_of(context, one) for one in value]
        return (filled(context, value) or "") if isinstance(value, str) and "${" in value else value

    iam_evaluator._first_match = _first_match
    iam_evaluator._conditions_met = _conditions_met
