"""Every S3 call of a job names the account that its bucket must belong to."""

import io

import pytest
from botocore.awsrequest import AWSResponse

from metriccare_etl import aws

OWNER = "123456789012"


@pytest.fixture
def sent(monkeypatch):
    """Headers of what an S3 client sends; nothing goes out."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("METRICCARE_BUCKET_OWNER", "")
    headers = []

    def answer(request, **_):
        headers.append({name.lower(): value for name, value in request.headers.items()})
        response = AWSResponse(request.url, 200, {}, io.BytesIO(b""))
        response._content = b""
        return response

    def client(environment=None):
        made = aws.s3_client(environment)
        made.meta.events.register("before-send.s3", answer)
        return made

    return client, headers


def test_the_owner_that_the_job_was_told(sent):
    client, headers = sent
    aws.expect_owner(OWNER)
    client().get_object(Bucket="b", Key="k")
    client(aws.passed_on()).head_object(Bucket="b", Key="k")
    client().list_objects_v2(Bucket="b")
    assert [each["x-amz-expected-bucket-owner"] for each in headers] == [OWNER.encode()] * 3 or [
        each["x-amz-expected-bucket-owner"] for each in headers
    ] == [OWNER] * 3


def test_the_owner_reaches_executors_that_did_not_inherit_it(sent):
    client, headers = sent
    client({"METRICCARE_BUCKET_OWNER": OWNER}).get_object(Bucket="b", Key="k")
    assert headers[0]["x-amz-expected-bucket-owner"] in (OWNER, OWNER.encode())


def test_a_job_that_was_told_none_names_none(sent):
    client, headers = sent
    aws.expect_owner("")
    client().get_object(Bucket="b", Key="k")
    assert "x-amz-expected-bucket-owner" not in headers[0]
