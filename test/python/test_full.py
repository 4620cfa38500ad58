"""Who asks for a computation of all: a job's argument, or the property of its run."""

from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError

from lake import argv
from metriccare_etl import args, aws, job_arguments, jobs

REST = {
    "JOB_NAME": "j",
    "measure": "hai",
    "silver_path": "s",
    "gold_path": "g",
    "as_of": "today",
    "time_zone": "UTC",
    "inpatient_classes": "IMP",
    "planned_priorities": ",",
    "icd10_systems": "urn:x",
    "hai_value_set": "s3://b/x.csv",
}


class Glue:
    def __init__(self, answer):
        self.answer = answer

    def get_workflow_run_properties(self, **asked):
        assert asked == {"Name": "wf", "RunId": "wr_1"}
        if isinstance(self.answer, str):
            raise ClientError({"Error": {"Code": self.answer, "Message": ""}}, "GetWorkflowRunProperties")
        return {"RunProperties": self.answer}


@pytest.mark.parametrize(
    ("answer", "asked"),
    [
        ({}, False),
        ({"metriccare_full": "true"}, True),
        ({"metriccare_full": "no"}, False),
        ("AccessDeniedException", False),
    ],
)
def test_the_property_of_the_run(monkeypatch, answer, asked):
    monkeypatch.setattr(aws.boto3.session.Session, "client", lambda *_, **__: Glue(answer))
    line = argv(**REST, WORKFLOW_NAME="wf", WORKFLOW_RUN_ID="wr_1")
    assert jobs._asked_for_all(args.parse(job_arguments.GoldArguments, line)) is asked


def test_a_failure_of_glue_is_none_of_ours(monkeypatch):
    monkeypatch.setattr(aws.boto3.session.Session, "client", lambda *_, **__: Glue("InternalServiceException"))
    with pytest.raises(ClientError):
        aws.run_property("wf", "wr_1", "metriccare_full")


def test_outside_a_workflow_only_the_argument_counts():
    assert not jobs._asked_for_all(args.parse(job_arguments.GoldArguments, argv(**REST)))
    assert args.parse(job_arguments.GoldArguments, argv(**REST, full="true")).full
    assert not args.parse(job_arguments.GoldArguments, argv(**REST, full="false")).full
    with pytest.raises(Exception, match="--full is neither true nor false"):
        args.parse(job_arguments.GoldArguments, argv(**REST, full="yes"))


def test_a_role_that_may_not_keep_stays_computes_without_them(monkeypatch):
    from metriccare_etl import keeping

    keeper = object.__new__(keeping.Keeper)
    keeper._kept = [None]
    keeper._table = SimpleNamespace(denied=False)

    def refuse(*_):
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": ""}}, "PutObject")

    monkeypatch.setattr(keeping.Keeper, "_refresh", refuse)
    assert keeper.refresh() == {"stays": "not_kept", "because": "access_denied"}
    monkeypatch.setattr(keeping.Keeper, "_refresh", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        keeper.refresh()
