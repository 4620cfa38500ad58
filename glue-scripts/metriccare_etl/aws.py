"""The one place where boto3 clients are made. boto3 itself honours AWS_ENDPOINT_URL and the standard environment."""

from __future__ import annotations

import os
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError

REGION_NAMES = ("AWS_REGION", "AWS_DEFAULT_REGION")
BUCKET_OWNER = "METRICCARE_BUCKET_OWNER"
ENDPOINTS = ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_DYNAMODB")
Environment = dict[str, str]
PASSED_ON = (*ENDPOINTS, BUCKET_OWNER, *REGION_NAMES)


def _config(**more: Any) -> Config:
    return Config(retries={"mode": "standard", "max_attempts": 10}, connect_timeout=10, read_timeout=120, **more)


def region() -> str | None:
    """The region of the environment, else of the configured profile, else None."""
    for name in REGION_NAMES:
        if os.environ.get(name):
            return os.environ[name]
    found: str | None = boto3.session.Session().region_name
    return found


def dynamodb_table(name: str, region_name: str | None = None) -> Any:
    """A DynamoDB table resource."""
    resource = boto3.session.Session().resource("dynamodb", region_name=region_name or region(), config=_config())
    return resource.Table(name)


def in_catalog(database: str, table: str) -> bool:
    """True when the Data Catalog has the table. Without a database nothing is wanted of the catalog."""
    if not database:
        return True
    glue = boto3.session.Session().client("glue", region_name=region(), config=_config())
    try:
        glue.get_table(DatabaseName=database, Name=table)
    except ClientError as error:
        if error.response["Error"]["Code"] == "EntityNotFoundException":
            return False
        raise
    return True


def run_property(workflow: str, run_id: str, name: str) -> str:
    """A property of a workflow's run; "" where it has none, or where the role may not ask."""
    glue = boto3.session.Session().client("glue", region_name=region(), config=_config())
    try:
        found = glue.get_workflow_run_properties(Name=workflow, RunId=run_id)["RunProperties"]
    except ClientError as error:
        if error.response["Error"]["Code"] in ("AccessDeniedException", "EntityNotFoundException"):
            return ""
        raise
    except (EndpointConnectionError, ConnectTimeoutError):
        return ""  # a network without a way to Glue: nothing else of such a job needs one
    return str(found.get(name, ""))


def create_table(database: str, table: dict[str, Any]) -> None:
    """A table of the Data Catalog; one that somebody has made meanwhile is fine."""
    glue = boto3.session.Session().client("glue", region_name=region(), config=_config())
    try:
        glue.create_table(DatabaseName=database, TableInput=table)
    except ClientError as error:
        if error.response["Error"]["Code"] != "AlreadyExistsException":
            raise


def tell_run(workflow: str, run_id: str, name: str, value: str) -> None:
    """Say something in a property of a workflow's run."""
    glue = boto3.session.Session().client("glue", region_name=region(), config=_config())
    glue.put_workflow_run_properties(Name=workflow, RunId=run_id, RunProperties={name: value})


def put_metrics(namespace: str, data: list[dict[str, Any]]) -> None:
    """Numbers to CloudWatch, at once or not at all: a network may have no way to it."""
    quick = Config(retries={"mode": "standard", "max_attempts": 2}, connect_timeout=3, read_timeout=10)
    cloudwatch = boto3.session.Session().client("cloudwatch", region_name=region(), config=quick)
    for at in range(0, len(data), 500):
        cloudwatch.put_metric_data(Namespace=namespace, MetricData=data[at : at + 500])


def s3_client(environment: Environment | None = None) -> Any:
    """An S3 client. On an executor, `environment` holds what the driver's environment said of endpoint and region."""
    made = client("s3", environment)
    _name_owner(made, (environment or {}).get(BUCKET_OWNER) or os.environ.get(BUCKET_OWNER))
    return made


def client(service: str, environment: Environment | None = None, region_name: str | None = None) -> Any:
    """A client of a service, from what the driver's environment said of endpoint and region."""
    environment = environment or {}
    endpoint = environment.get(f"AWS_ENDPOINT_URL_{service.upper()}") or environment.get("AWS_ENDPOINT_URL")
    region_name = region_name or next((environment[name] for name in REGION_NAMES if environment.get(name)), None)
    style = {"s3": {"addressing_style": "path"}} if endpoint and service == "s3" else {}
    # each client has a session of its own: boto3's default session is not safe across threads
    return boto3.session.Session().client(
        service, endpoint_url=endpoint, region_name=region_name or region() or "us-east-1", config=_config(**style)
    )


def expect_owner(account: str) -> None:
    """From now on S3 clients of this process, and of executors that get its environment, name this owner."""
    if account:
        os.environ[BUCKET_OWNER] = account


def _name_owner(client: Any, account: str | None) -> None:
    """Every call says whose the bucket must be: S3 refuses with 403 when another account has taken its name."""

    def add(params: dict[str, Any], model: Any, **_: Any) -> None:
        """Into every call that takes it."""
        if "ExpectedBucketOwner" in model.input_shape.members:
            params.setdefault("ExpectedBucketOwner", account)

    if account:
        client.meta.events.register("provide-client-params.s3", add)


def passed_on() -> Environment:
    """Endpoint and region of this process, for executors that may not have inherited them. Never credentials."""
    return {name: os.environ[name] for name in PASSED_ON if os.environ.get(name)}
