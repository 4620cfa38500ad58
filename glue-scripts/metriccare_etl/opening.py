"""Opening an object, and telling what S3 refuses for this one object from what concerns the whole run.

A refusal of one object (archived, its key, gone, replaced) ends that file. What concerns the role, the bucket, the
network or AWS itself ends the job instead: no file is to blame, and all are read again.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from metriccare_etl.claimed import Claimed
from metriccare_etl.limits import Limits, Unreadable, too_large

GONE = {"NoSuchKey", "NoSuchVersion", "404", "MethodNotAllowed"}  # the last: the version is a delete marker
REPLACED = {"PreconditionFailed", "412"}
KEY_CODES = re.compile(r"^(KMS\.|KMS[A-Z]|KMSInvalidState|DisabledException|InvalidStateException|NotFoundException)")
KEY_WORDS = re.compile(r"kms:|ciphertext refers to a customer master key|\bKMS\b|arn:[\w-]+:kms:", re.I)
KEY_ARN = re.compile(r"arn:[\w-]+:kms:[\w-]+:\d+:(?:key|alias)/[\w/-]+")


class ReadFailed(Exception):
    """An object could not be read for a reason that is not its own. Its text is AWS's code and what IAM refused."""


def open_object(s3: Any, file: Claimed, limits: Limits, bucket_key: str = "") -> Any:
    """The object's bytes as a stream: by version where there is one, else only if its content is still the same.

    `bucket_key` is the KMS key of the whole bucket: refused, it concerns all files.
    """
    if file["size"] > limits.object:
        raise too_large("the object", limits.object, "Object")
    wanted = _wanted(file)
    try:
        return s3.get_object(**wanted)["Body"]
    except ClientError as error:
        unreadable = _refused(s3, wanted, error, bucket_key)
        if unreadable is None:
            raise
        raise unreadable from None


def _wanted(file: Claimed) -> dict[str, str]:
    wanted = {"Bucket": file["bucket"], "Key": file["key"]}
    if file["version_id"] and file["version_id"] != "null":
        wanted["VersionId"] = file["version_id"]
    elif file["etag"]:
        wanted["IfMatch"] = f'"{file["etag"]}"'
    return wanted


def _refused(s3: Any, wanted: dict[str, str], error: ClientError, bucket_key: str) -> Unreadable | None:
    """What is wrong with this object; None when that is not the object's fault."""
    details = error.response.get("Error", {})
    code, message = str(details.get("Code", "")), str(details.get("Message", ""))
    if code in GONE:
        return Unreadable("object_gone", "S3 has this version no more")
    if code in REPLACED:
        return Unreadable("object_replaced", "S3 has other content under this key")
    if code == "InvalidObjectState":
        return Unreadable("archived", _archive(details))
    if code == "InvalidRequest" and "Server Side Encryption" in message:
        return Unreadable(
            "customer_key", "it is encrypted with a key of its sender's own (SSE-C), which only the sender has"
        )
    if KEY_CODES.match(code) or (code == "AccessDenied" and KEY_WORDS.search(message)):
        return _key_refused(code, message, bucket_key)
    if code in ("AccessDenied", "403", "Forbidden") and _may_read_beside(s3, wanted):
        return Unreadable(
            "access_denied", "S3 refuses this object to the job's role, and lets it read others beside it"
        )
    return None


def _archive(details: Mapping[str, Any]) -> str:
    place = details.get("AccessTier") or details.get("StorageClass")
    return f"S3 keeps it in {place}, from which it must be restored first" if place else "S3 has it in an archive"


def _key_refused(code: str, message: str, bucket_key: str) -> Unreadable | None:
    key = KEY_ARN.search(message)
    named = key.group(0) if key else ""
    if bucket_key and named and (named == bucket_key or named.endswith(f"/{bucket_key.rsplit('/', 1)[-1]}")):
        return None
    if "Disabled" in code or "is disabled" in message:
        how = "is disabled"
    elif "InvalidState" in code or "pending" in message.lower():
        how = "cannot be used (pending deletion?)"
    elif "NotFound" in code:
        how = "does not exist"
    else:
        how = "is not allowed to the job's role"
    return Unreadable("key_denied", f"the KMS key {named + ' ' if named else ''}that it is encrypted with {how}")


def _may_read_beside(s3: Any, wanted: dict[str, str]) -> bool:
    """Whether the role may read in this place at all: asked for what is not there, S3 says so only to who may read."""
    beside = {**wanted, "Key": f"{wanted['Key'].rpartition('/')[0]}/.{uuid.uuid4().hex}".lstrip("/")}
    beside.pop("IfMatch", None)
    if "VersionId" in beside:
        beside["VersionId"] = "null"  # the right to read versions is another one
    try:
        s3.get_object(**beside)["Body"].close()
    except ClientError as error:
        return error.response.get("Error", {}).get("Code") in GONE
    return True
