"""What S3 refuses of one object, told from what concerns the whole run; AWS's own texts."""

import io
from xml.sax.saxutils import escape

import pytest
from botocore.exceptions import ClientError

from metriccare_etl.limits import Limits, Unreadable
from metriccare_etl.opening import open_object

KEY = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
FILE = {"bucket": "raw", "key": "fhir/a.ndjson", "version_id": "v1", "etag": "e", "size": 10}
DENIED = "Access Denied"
KMS = f"User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: kms:Decrypt on resource: {KEY} because"
SSE_C = (
    "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve "
    "the object."
)
OF_THE_OBJECT = {
    "glacier": ("InvalidObjectState", "The operation is not valid for the object's storage class", "archived"),
    "key denied": ("AccessDenied", f"{KMS} no identity-based policy allows the kms:Decrypt action", "key_denied"),
    "key of another account": (
        "AccessDenied",
        "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are "
        "not allowed to access.",
        "key_denied",
    ),
    "key disabled": ("KMS.DisabledException", f"{KEY} is disabled.", "key_denied"),
    "key pending deletion": ("KMS.KMSInvalidStateException", f"{KEY} is pending deletion.", "key_denied"),
    "key gone": ("KMS.NotFoundException", f"Key '{KEY}' does not exist", "key_denied"),
    "sse-c": ("InvalidRequest", SSE_C, "customer_key"),
    "gone": ("NoSuchKey", "The specified key does not exist.", "object_gone"),
    "version gone": ("NoSuchVersion", "The specified version does not exist.", "object_gone"),
    "delete marker": ("MethodNotAllowed", "The specified method is not allowed against this resource.", "object_gone"),
    "replaced": (
        "PreconditionFailed",
        "At least one of the pre-conditions you specified did not hold",
        "object_replaced",
    ),
    "denied": ("AccessDenied", DENIED, "access_denied"),
}
OF_THE_RUN = {
    "throttled": ("SlowDown", "Please reduce your request rate."),
    "expired": ("ExpiredToken", "The provided token has expired."),
    "bucket gone": ("NoSuchBucket", "The specified bucket does not exist"),
    "internal": ("InternalError", "We encountered an internal error. Please try again."),
    "bad request": ("InvalidRequest", "Missing required header for this request: x-amz-content-sha256"),
}


SENT = {  # status, the body's code and text, and our word for it
    "sse-c": (400, "InvalidRequest", SSE_C, "customer_key"),
    "key disabled": (400, "KMS.DisabledException", f"{KEY} is disabled.", "key_denied"),
    "key gone": (400, "KMS.NotFoundException", f"Key '{KEY}' does not exist", "key_denied"),
    "key pending deletion": (400, "KMS.KMSInvalidStateException", f"{KEY} is pending deletion.", "key_denied"),
    "key denied": (403, "AccessDenied", OF_THE_OBJECT["key denied"][1], "key_denied"),
    "key of another region": (
        403,
        "AccessDenied",
        "User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: kms:Decrypt on the resource associated with "
        "this ciphertext because the resource does not exist in this Region, no resource-based policies allow access, or "
        "a resource-based policy explicitly denies access",
        "key_denied",
    ),
    "delete marker": (405, "MethodNotAllowed", OF_THE_OBJECT["delete marker"][1], "object_gone"),
    "version gone": (404, "NoSuchVersion", "The specified version does not exist.", "object_gone"),
    "changed": (412, "PreconditionFailed", OF_THE_OBJECT["replaced"][1], "object_replaced"),
    "archived": (403, "InvalidObjectState", OF_THE_OBJECT["glacier"][1], "archived"),
}


@pytest.mark.parametrize("name", SENT)
def test_as_it_comes_over_the_wire(name):
    """Through boto3 itself: its parser names the error, and asks once."""
    import boto3
    from botocore.awsrequest import AWSResponse

    status, code, message, word = SENT[name]
    asked = []

    class Raw(io.BytesIO):
        def stream(self, *_, **__):
            yield self.read()

    def answer(request, **_):
        asked.append(request.url)
        body = f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>'
        return AWSResponse(request.url, status, {"content-type": "application/xml"}, Raw(body.encode()))

    s3 = boto3.client("s3", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    s3.meta.events.register("before-send.s3.GetObject", answer)
    with pytest.raises(Unreadable) as caught:
        open_object(s3, FILE, Limits())
    assert caught.value.code == word and len(asked) == 1 and "versionId=v1" in asked[0]


class S3:
    """Answers for one object, and for what is not there."""

    def __init__(self, code, message, beside="NoSuchVersion", **more):
        self.error = ClientError({"Error": {"Code": code, "Message": message, **more}}, "GetObject")
        self.beside = ClientError({"Error": {"Code": beside, "Message": ""}}, "GetObject")
        self.asked = []

    def get_object(self, **wanted):
        self.asked.append(wanted)
        raise self.error if wanted["Key"] == FILE["key"] else self.beside


@pytest.mark.parametrize("name", OF_THE_OBJECT)
def test_of_the_object(name):
    code, message, word = OF_THE_OBJECT[name]
    with pytest.raises(Unreadable) as caught:
        open_object(S3(code, message), FILE, Limits())
    assert caught.value.code == word
    assert caught.value.told.startswith(f"{word}: ") and "fhir/" not in caught.value.told


@pytest.mark.parametrize("name", OF_THE_RUN)
def test_of_the_run(name):
    with pytest.raises(ClientError):
        open_object(S3(*OF_THE_RUN[name]), FILE, Limits())


def test_a_role_that_may_read_nothing_here_is_no_fault_of_the_object():
    s3 = S3("AccessDenied", DENIED, beside="AccessDenied")
    with pytest.raises(ClientError):
        open_object(s3, FILE, Limits())
    beside = s3.asked[1]
    assert beside["Key"].startswith("fhir/.") and beside["VersionId"] == "null"


def test_the_key_of_the_whole_bucket_concerns_all_files():
    message = OF_THE_OBJECT["key denied"][1]
    for given in (KEY, KEY.rsplit("/", 1)[-1]):
        with pytest.raises(ClientError):
            open_object(S3("AccessDenied", message), FILE, Limits(), given)
    with pytest.raises(Unreadable):
        open_object(S3("AccessDenied", message), FILE, Limits(), KEY.replace("1234abcd", "99999999"))


def test_the_archive_is_named():
    s3 = S3("InvalidObjectState", "…", StorageClass="INTELLIGENT_TIERING", AccessTier="DEEP_ARCHIVE_ACCESS")
    with pytest.raises(Unreadable, match="archived") as caught:
        open_object(s3, FILE, Limits())
    assert "DEEP_ARCHIVE_ACCESS" in caught.value.text


def test_an_object_that_is_too_large_is_not_asked_for():
    s3 = S3("NoSuchKey", "")
    with pytest.raises(Unreadable) as caught:
        open_object(s3, {**FILE, "size": 6_000_000_000}, Limits())
    assert caught.value.code == "too_large" and s3.asked == []


def test_a_good_object_is_opened_with_one_request():
    class Good:
        def get_object(self, **wanted):
            assert wanted == {"Bucket": "raw", "Key": "fhir/a.ndjson", "VersionId": "v1"}
            return {"Body": io.BytesIO(b"x")}

    assert open_object(Good(), FILE, Limits()).read() == b"x"
