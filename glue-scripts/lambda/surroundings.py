"""What the function is told and what it calls: its environment, AWS clients, the log."""

import json
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from arrivals import BadRecord
from denials import missing_right
from metriccare_ledger.schema import HASH_KEY

CONFIG = Config(retries={"mode": "standard", "max_attempts": 8})
# The handler itself is patient with the ledger, and knows how long it may be; a dead line must not use up its time.
CONFIGS = {
    "dynamodb": Config(
        retries={"mode": "standard", "max_attempts": 2}, connect_timeout=3, read_timeout=8, max_pool_connections=4
    )
}


class Settings:
    """What the function's environment says."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self.workflow = env["GLUE_WORKFLOW_NAME"]
        self.table = env["LEDGER_TABLE"]
        self.hash_key = env.get("LEDGER_HASH_KEY") or HASH_KEY
        attribute, days = env.get("LEDGER_TTL_ATTRIBUTE") or "", int(env.get("LEDGER_TTL_DAYS") or 0)
        self.ttl = (attribute, days) if attribute and days else None
        self.topic = env.get("ALERT_TOPIC_ARN") or ""
        self.bucket = env.get("RAW_BUCKET") or ""
        self.prefix = env.get("RAW_PREFIX") or ""
        self.environment = env.get("ENVIRONMENT") or ""
        self.queue = env.get("UNDELIVERED_QUEUE") or ""
        self.batch_window = int(env.get("BATCH_WINDOW") or 0)  # seconds without a new file before a run starts
        self.daily_in = env.get("REFRESH_DAILY_IN") or ""  # time zone of measures "as of today"


class Clients:
    """AWS clients, made on first use."""

    def __init__(self) -> None:
        self._made: dict[str, Any] = {}

    def __getattr__(self, service: str) -> Any:
        if service not in self._made:
            self._made[service] = boto3.client(service, config=CONFIGS.get(service, CONFIG))
        return self._made[service]


def log(fields: Mapping[str, Any]) -> None:
    """One JSON line of counts and run ids."""
    print(json.dumps(fields, sort_keys=True))


def error_name(error: BaseException) -> str:
    """What may be logged of an error: its class, AWS's code and what IAM refused, never its text."""
    if isinstance(error, BadRecord):
        return f"BadRecord ({error})"
    if isinstance(error, ClientError):
        name = f"{error.operation_name} {error.response['Error']['Code']}"
        missing = missing_right(error)
        return f"{name}: {missing}" if missing else name
    return type(error).__name__
