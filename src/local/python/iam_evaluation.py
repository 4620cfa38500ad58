"""Mends MiniStack 1.5.33's evaluation of policies where a policy that is right on AWS would read otherwise here.

A wild card takes every character (MiniStack's stop at the end of a line, and a key may have one in it), ARN conditions
match part by part on AWS (a `*` does not cross a colon), policy variables (`${aws:username}`) stand for values, and
SimulatePrincipalPolicy counts the permissions boundary.
"""

import functools
import re

WILD = {"*": ".*", "?": ".", "\ue02a": r"\*", "\ue03f": r"\?"}
VARIABLE = re.compile(r"\$\{([^}]*)\}")
LITERALS = {"*": "*", "?": "?", "$": "$"}
# In a pattern `${*}` is the character: ones that nobody writes stand for these until the pattern is read.
IN_PATTERNS = {"*": "\ue02a", "?": "\ue03f", "$": "$"}


@functools.lru_cache(4096)
def wild_card(pattern: str, ignore_case: bool) -> re.Pattern:
    source = "".join(WILD.get(one) or re.escape(one) for one in re.sub(r"\*+", "*", pattern))
    return re.compile(rf"{source}\Z", re.DOTALL | (re.IGNORECASE if ignore_case else 0))


def install() -> None:
    from ministack.core import iam_actions, iam_evaluator

    iam_evaluator._fnmatch_compile = wild_card
    iam_evaluator._FNMATCH_CACHE.clear()
    route = iam_actions._compile_uri

    def _compile_uri(pattern):
        found, *more = route(pattern)
        # A path that no route takes would be asked of no policy.
        return re.compile(found.pattern, found.flags | re.DOTALL), *more

    iam_actions._compile_uri = _compile_uri
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

    def filled(context, text, literals=IN_PATTERNS):
        """The text with its variables' values, or None: a statement that names an absent value matches nothing."""

        def value(found):
            name, _, default = found.group(1).partition(",")
            if name in LITERALS:
                return literals[name]
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
        return met({name: block_of(context, name, block) for name, block in (conditions or {}).items()}, context)

    def block_of(context, operator, block):
        if not isinstance(block, dict):
            return block
        literals = IN_PATTERNS if re.search("like|arn", operator, re.IGNORECASE) else LITERALS
        return {key: expected_of(context, value, literals) for key, value in block.items()}

    def expected_of(context, value, literals):
        if isinstance(value, list):
            return [expected_of(context, one, literals) for one in value]
        return (filled(context, value, literals) or "") if isinstance(value, str) and "${" in value else value

    iam_evaluator._first_match = _first_match
    iam_evaluator._conditions_met = _conditions_met
