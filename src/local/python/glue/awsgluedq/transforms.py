"""Glue's data quality: the few rules that Glue Studio writes by itself. Any other is refused."""

import operator
import re

from awsglue.connections import Unsupported

COMPARE = {">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le, "=": operator.eq}
COUNT = re.compile(r"^(ColumnCount|RowCount)\s*(>=|<=|>|<|=)\s*(\d+)$")
COLUMN = re.compile(r'^(IsComplete|IsUnique|IsPrimaryKey|ColumnExists)\s+"([^"]+)"$')


def rules_of(ruleset):
    inner = re.search(r"Rules\s*=\s*\[(.*)\]", ruleset, re.DOTALL)
    if inner is None:
        raise ValueError("the ruleset has no list of rules")
    return [rule.strip() for rule in re.split(r",|\n", inner.group(1)) if rule.strip()]


def holds(frame, rule):
    count, column = COUNT.match(rule), COLUMN.match(rule)
    if count:
        number = len(frame.columns) if count.group(1) == "ColumnCount" else frame.count()
        return COMPARE[count.group(2)](number, int(count.group(3)))
    if column is None:
        raise Unsupported(f"the data quality rule {rule!r}")
    kind, name = column.groups()
    if name not in frame.columns:
        return False
    values = frame.select(f"`{name}`")
    complete = kind not in ("IsComplete", "IsPrimaryKey") or values.where(f"`{name}` is null").count() == 0
    unique = kind not in ("IsUnique", "IsPrimaryKey") or values.distinct().count() == values.count()
    return complete and unique


class EvaluateDataQuality:
    @classmethod
    def apply(cls, frame, ruleset, publishing_options=None, **options):
        return cls().process_rows(frame, ruleset, publishing_options, **options)

    def process_rows(self, frame, ruleset, publishing_options=None, additional_options=None, **_options):
        from awsglue.dynamicframe import DynamicFrame

        rows = [(rule, "Passed" if holds(frame.toDF(), rule) else "Failed") for rule in rules_of(ruleset)]
        session = frame.glue_ctx.spark_session
        outcomes = DynamicFrame(session.createDataFrame(rows, "Rule string, Outcome string"), frame.glue_ctx, "outcomes")
        failing = (additional_options or {}).get("performanceTuning.failBehavior") or (additional_options or {}).get("failJob")
        if failing and any(outcome == "Failed" for _, outcome in rows):
            raise RuntimeError("data quality rules failed: " + ", ".join(rule for rule, outcome in rows if outcome == "Failed"))
        return outcomes
