"""Knocks at the door as boto3 and every signer of botocore do, with awkward names, and with one thing changed.

usage: door_clients.py ENDPOINT ECHO SEED ACCESS_KEY SECRET_KEY; prints one JSON document. Behind ECHO, all that is let in is answered with 200.
"""

import http.client
import io
import json
import random
import sys
import urllib.parse
import urllib.request

import boto3
from botocore import auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

ENDPOINT, ECHO, SEED, KEY, SECRET = sys.argv[1:]
RANDOM = random.Random(int(SEED))
HOST = ECHO.removeprefix("http://")
LETTERS = "abcXYZ019-_.~ /+&=?#%:@!$'()*,;[]{}|^`<>\"\\äß漢😀"


def word(longest: int) -> str:
    return "".join(RANDOM.choice(LETTERS) for _ in range(RANDOM.randint(1, longest)))


def send(method: str, url: str, headers: dict, body: bytes) -> int:
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(HOST, timeout=20)
    connection.request(method, parts.path + (f"?{parts.query}" if parts.query else ""), body=body or None, headers=headers)
    status = connection.getresponse().status
    connection.close()
    return status


def signers(credentials: Credentials) -> dict:
    return {
        "S3SigV4Auth": lambda: auth.S3SigV4Auth(credentials, "s3", "us-east-1"),
        "S3SigV4QueryAuth": lambda: auth.S3SigV4QueryAuth(credentials, "s3", "us-east-1", expires=60),
        "HmacV1Auth": lambda: auth.HmacV1Auth(credentials),
        "HmacV1QueryAuth": lambda: auth.HmacV1QueryAuth(credentials, expires=60),
        "SigV4Auth": lambda: auth.SigV4Auth(credentials, "lambda", "us-east-1"),
        "SigV4QueryAuth": lambda: auth.SigV4QueryAuth(credentials, "lambda", "eu-central-1", expires=60),
    }


def request_for(name: str) -> tuple:
    """A request as awkward as its signer takes it."""
    # botocore moves the body of what it presigns into the query.
    body = word(200).encode() if RANDOM.random() < 0.5 and "V4Query" not in name else b""
    headers = {}
    if RANDOM.random() < 0.5:
        headers["x-amz-meta-note"] = "  ".join(["a", *(RANDOM.choice("bcd, ") for _ in range(3)), "z"])
    if RANDOM.random() < 0.3:
        headers["Content-Type"] = "text/plain; charset=utf-8"
    lambdas = name.startswith("SigV4")
    path = "/2015-03-31/functions/" if lambdas else "/door/"
    path += urllib.parse.quote(word(20), safe="" if lambdas else "/~")
    # What version 2 does not sign is refused: names are of those that S3 knows.
    known = RANDOM.sample(["versionId", "uploadId", "partNumber", "prefix", "response-expires"], 3)
    names = known if "Hmac" in name else [urllib.parse.quote(word(6), safe="") for _ in range(3)]
    query = [(one, urllib.parse.quote(word(9), safe="")) for one in names[: RANDOM.randint(0, 3)]]
    if not lambdas and RANDOM.random() < 0.3:
        query.append(("response-content-type", "text%2Fx-y"))
    url = ECHO + path + ("?" + "&".join(f"{a}={b}" for a, b in query) if query else "")
    return "PUT" if body else RANDOM.choice(["GET", "HEAD", "DELETE", "POST"]), url, headers, body


def without_dots(url: str) -> bool:
    """http.client and the emulator are not asked to agree on `..`."""
    path = urllib.parse.unquote(urllib.parse.urlsplit(url).path)
    return not any(part in (".", "..") for part in path.split("/"))


def tampered(method: str, url: str, headers: dict, body: bytes, signed_body: bool) -> list:
    """The request with one thing changed, each of which its signature covers."""
    parts = urllib.parse.urlsplit(url)
    more = url + ("&" if parts.query else "?")
    found = [
        (method, url.replace(parts.path, parts.path + "x"), headers, body),
        ("DELETE" if method != "DELETE" else "PUT", url, headers, body),
        (method, more + "acl=", headers, body),
        (method, url, {**headers, "x-amz-copy-source": "/other/key"}, body),
        (method, url, {**headers, "x-amz-security-token": "other"}, body),
        (method, url, {**headers, "x-amz-target": "AWSGlue.GetJobs"}, body),
    ]
    if signed_body and body:
        found.append((method, url, headers, body[:-1] + bytes([body[-1] ^ 1])))
    return found


def knock(credentials: Credentials, times: int) -> list:
    wrong = []
    for name, make in signers(credentials).items():
        for _ in range(times):
            method, url, headers, body = request_for(name)
            if not without_dots(url):
                continue
            request = AWSRequest(method=method, url=url, headers=headers, data=body)
            make().add_auth(request)
            prepared = request.prepare()
            sent = {key: value for key, value in prepared.headers.items() if key.lower() != "content-length"}
            sent = {key: value.decode() if isinstance(value, bytes) else value for key, value in sent.items()}
            sent = {key: value.encode() for key, value in sent.items()}
            status = send(method, prepared.url, sent, body)
            if status != 200:
                wrong.append({"signer": name, "refused": status, "method": method, "url": prepared.url, "headers": headers})
            for change in tampered(method, prepared.url, sent, body, name in ("S3SigV4Auth", "SigV4Auth")):
                status = send(*change)
                if status not in (400, 401, 403, 405, 421):
                    wrong.append({"signer": name, "let in": status, "method": change[0], "url": change[1]})
    return wrong


def clients() -> list:
    """What boto3 does by itself: chunks with trailers, multipart, links of both kinds, services of every protocol."""
    common = {"endpoint_url": ENDPOINT, "region_name": "us-east-1", "aws_access_key_id": KEY, "aws_secret_access_key": SECRET}
    done = []
    s3 = boto3.client("s3", **common)
    for key in ("plain", "a b/ü+&=?#%25.json", "漢/😀 ~'()*!", "x//y/./z"):
        s3.put_object(Bucket="door", Key=key, Body=key.encode())
        assert s3.get_object(Bucket="door", Key=key)["Body"].read() == key.encode()
        for config in (None, Config(signature_version="s3v4"), Config(signature_version="s3")):
            signer = boto3.client("s3", **common, config=config)
            for expires in (60, 604_800):
                link = signer.generate_presigned_url("get_object", Params={"Bucket": "door", "Key": key}, ExpiresIn=expires)
                with urllib.request.urlopen(link) as answer:
                    assert answer.read() == key.encode(), link
            link = signer.generate_presigned_url("put_object", Params={"Bucket": "door", "Key": "up", "ContentType": "text/x"})
            put = urllib.request.Request(link, data=b"new", method="PUT", headers={"Content-Type": "text/x"})
            with urllib.request.urlopen(put) as answer:
                assert answer.status == 200
            done.append(f"links {config.signature_version if config else 'default'}")
    s3.upload_fileobj(io.BytesIO(b"m" * 9_000_000), "door", "multipart", Config=boto3.s3.transfer.TransferConfig(multipart_threshold=1))
    assert s3.head_object(Bucket="door", Key="multipart")["ContentLength"] == 9_000_000
    s3.put_object(Bucket="door", Key="unseekable", Body=Reader(b"u" * 100_000), ChecksumAlgorithm="SHA256", ContentLength=100_000)
    # `http` and a stream: botocore signs nothing of the body, and the trailers come at its end.
    for algorithm in ("CRC32", "SHA1", "SHA256"):
        s3.put_object(Bucket="door", Key="sum", Body=b"x" * 70_000, ChecksumAlgorithm=algorithm)
    boto3.client("sts", **common).get_caller_identity()
    boto3.client("iam", **common).list_roles()
    boto3.client("dynamodb", **common).list_tables()
    boto3.client("sqs", **common).create_queue(QueueName="q")
    queue = boto3.client("sqs", **common).get_queue_url(QueueName="q")["QueueUrl"]
    boto3.client("sqs", **common).send_message(QueueUrl=queue, MessageBody="m")
    boto3.client("sns", **common).list_topics()
    boto3.client("lambda", **common).list_functions()
    boto3.client("events", **common).list_rules()
    boto3.client("logs", **common).describe_log_groups()
    boto3.client("cloudwatch", **common).list_metrics()
    boto3.client("kms", **common).list_keys()
    boto3.client("secretsmanager", **common).list_secrets()
    boto3.client("ssm", **common).describe_parameters()
    boto3.client("scheduler", **common).list_schedules()
    boto3.client("cloudtrail", **common).list_trails()
    boto3.client("athena", **common).list_work_groups()
    boto3.client("glue", **common).get_databases()
    boto3.client("resourcegroupstaggingapi", **common).get_resources()
    done.append("services")
    return done


class Reader(io.RawIOBase):
    """A body that can be read once."""

    def __init__(self, data: bytes) -> None:
        self.inner = io.BytesIO(data)

    def read(self, size: int = -1) -> bytes:
        return self.inner.read(size)

    def seekable(self) -> bool:
        return True

    def seek(self, *where) -> int:
        return self.inner.seek(*where)

    def tell(self) -> int:
        return self.inner.tell()


def roles() -> dict:
    """Temporary and long-term credentials minted inside, and the same with something wrong."""
    common = {"endpoint_url": ENDPOINT, "region_name": "us-east-1"}
    root = {**common, "aws_access_key_id": KEY, "aws_secret_access_key": SECRET}
    iam = boto3.client("iam", **root)
    account = boto3.client("sts", **root).get_caller_identity()["Account"]
    trust = {"Statement": {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole"}}
    role = iam.create_role(RoleName="door", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", **trust}))["Role"]
    allow = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    iam.put_role_policy(RoleName="door", PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", **allow}))
    given = boto3.client("sts", **root).assume_role(RoleArn=role["Arn"], RoleSessionName="session")["Credentials"]
    iam.create_user(UserName="u")
    iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", **allow}))
    key = iam.create_access_key(UserName="u")["AccessKey"]

    def ask(key_id: str, secret: str, token: str | None = None) -> str:
        own = {**common, "aws_access_key_id": key_id, "aws_secret_access_key": secret, "aws_session_token": token}
        told = []
        for call in (boto3.client("s3", **own).list_buckets, boto3.client("sts", **own).get_caller_identity, boto3.client("glue", **own).get_databases):
            try:
                call()
                told.append("in")
            except ClientError as error:
                told.append(error.response["Error"]["Code"])
        return " ".join(told)

    session = (given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    user = (key["AccessKeyId"], key["SecretAccessKey"])
    answers = {
        "session": ask(*session),
        "session, wrong secret": ask(session[0], "x" * 40, session[2]),
        "session without token": ask(*session[:2]),
        "session, another token": ask(*session[:2], "other"),
        "user": ask(*user),
        "user, wrong secret": ask(user[0], "x" * 40),
        "user with a token": ask(*user, "other"),
        "root with a token": ask(KEY, SECRET, "other"),
        "root, wrong secret": ask(KEY, SECRET + "x"),
        "test": ask("test", "test"),
        "the account": ask(account, "test"),
    }
    answers["links to STS"] = str(sts_links(root))
    answers["links of a session"] = str([link_status(session, version) for version in ("s3", "s3v4")])
    iam.delete_access_key(UserName="u", AccessKeyId=user[0])
    answers["a deleted key"] = ask(*user)
    answers["knocks as a session"] = json.dumps(knock(Credentials(*session), 8))
    return answers


def sts_links(root: dict) -> list:
    """Botocore's own link is for a POST without a body; one that says another thing in a body is refused."""
    link = boto3.client("sts", **root).generate_presigned_url("get_caller_identity")
    parts = urllib.parse.urlsplit(link)
    told = []
    for body, headers in ((None, {}), (b"", {}), (b"Action=AssumeRole", {}), (b"Action=AssumeRole", FORM), (b"", FORM)):
        connection = http.client.HTTPConnection(parts.netloc, timeout=20)
        connection.request("POST", f"/?{parts.query}", body=body, headers=headers)
        told.append(connection.getresponse().status)
        connection.close()
    return told


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def link_status(session: tuple, version: str) -> int:
    key, secret, token = session
    common = {"endpoint_url": ENDPOINT, "region_name": "us-east-1", "config": Config(signature_version=version)}
    client = boto3.client("s3", aws_access_key_id=key, aws_secret_access_key=secret, aws_session_token=token, **common)
    link = client.generate_presigned_url("get_object", Params={"Bucket": "door", "Key": "plain"})
    with urllib.request.urlopen(link) as answer:
        return answer.status


boto3.client("s3", endpoint_url=ENDPOINT, region_name="us-east-1", aws_access_key_id=KEY, aws_secret_access_key=SECRET).create_bucket(Bucket="door")
print(json.dumps({"clients": clients(), "roles": roles(), "knocks": knock(Credentials(KEY, SECRET), 40)}))
