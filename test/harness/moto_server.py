"""moto's server, and one thing more: POST /fork answers the port of a copy of it, with all that the account holds.

    python moto_server.py 127.0.0.1 5000 [mother]

The copy is a child process: it begins where its parent stood, and neither sees what happens to the other afterwards. Whoever
forks sees to it that no call is under way. A copy ends with `POST /end`, and with the server that everything began with; that
one ends with its stdin. A mother has loaded everything before it answers, and answers one request at a time: whoever asks it
for copies need not wait for others who do.
"""

import contextlib
import functools
import gc
import html
import os
import re
import signal
import socket
import sys
import threading

import moto.backends
import moto.core.resource_tagging
import moto.core.responses
import moto.events.models
import moto.resourcegroupstaggingapi.models
import moto.s3.responses
import moto.scheduler.models
import moto.sns.responses
import moto.sqs.models
import moto_glue  # noqa: F401 (what it changes is all that it is for)
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

# moto reads its own folder, and asks each class for its methods, at every call: a third of its time, for what never changes.
SERVICES = "dynamodb events glue iam kms lambda logs s3 scheduler sns sqs sts tagging".split()
MODULES = frozenset(moto.backends.list_of_moto_modules())
moto.backends.list_of_moto_modules = lambda: MODULES
moto.core.responses.method_names_from_class = functools.cache(moto.core.responses.method_names_from_class)


SET_ATTRIBUTES = moto.sqs.models.Queue._set_attributes


def set_attributes(queue, attributes, now=None):
    """moto takes a queue's policy off when other attributes are set; SQS leaves what is not named as it is."""
    policy = queue.__dict__.get("_policy_json")
    SET_ATTRIBUTES(queue, attributes, now)
    if policy is not None and "Policy" not in attributes:
        queue._policy_json = policy


moto.sqs.models.Queue._set_attributes = set_attributes


SQS_ATTRIBUTES = moto.sqs.models.Queue.attributes


def queue_attributes(queue):
    """moto takes the policy of who may leave messages in a dead-letter queue, and never tells of it."""
    allowed = queue.__dict__.get("redrive_allow_policy")
    return {**SQS_ATTRIBUTES.fget(queue), **({"RedriveAllowPolicy": allowed} if allowed else {})}


moto.sqs.models.Queue.attributes = property(queue_attributes)

SNS = moto.sns.responses.SNSResponse
# Attributes of a topic that moto takes and never tells of.
UNTOLD = re.compile(r"^(SignatureVersion|TracingConfig|ArchivePolicy|FifoThroughputScope|.*Feedback.*)$")


def keeps_attributes(otherwise, told):
    def answer(self):
        action = otherwise(self)
        arn = self._get_param("TopicArn") or action.result["TopicArn"]
        self.backend.get_topic(arn).__dict__.setdefault("untold", {}).update(told(self))
        return action

    return answer


def tells_attributes(otherwise):
    def answer(self):
        action = otherwise(self)
        untold = self.backend.get_topic(self._get_param("TopicArn")).__dict__.get("untold", {})
        action.result["Attributes"].update({name: value for name, value in untold.items() if UNTOLD.match(name)})
        return action

    return answer


SNS.create_topic = keeps_attributes(SNS.create_topic, lambda self: self._get_attributes())
SNS.set_topic_attributes = keeps_attributes(
    SNS.set_topic_attributes,
    lambda self: {self._get_param("AttributeName"): self._get_param("AttributeValue")},
)
SNS.get_topic_attributes = tells_attributes(SNS.get_topic_attributes)

EVENTS = moto.events.models.EventsBackend
BUSES = EVENTS.iter_tagged_resources
GET_RESOURCES = moto.resourcegroupstaggingapi.models.ResourceGroupsTaggingAPIBackend.get_resources


def buses_and_rules(self):
    """moto's tag search knows buses and no rules."""
    yield from BUSES(self)
    for arn in [rule.arn for bus in self.event_buses.values() for rule in bus.rules.values()]:
        yield moto.core.resource_tagging.TaggedResource(arn, self.tagger.get_tag_dict_for_resource(arn), "events:rule")


def get_resources(self, pagination_token=None, resources_per_page=50, tags_per_page=100, **more):
    """moto ends a page at a hundred tags, whatever number of resources was asked for."""
    return GET_RESOURCES(self, pagination_token, resources_per_page, 1_000_000, **more)


EVENTS.iter_tagged_resources = buses_and_rules
moto.resourcegroupstaggingapi.models.ResourceGroupsTaggingAPIBackend.get_resources = get_resources

SCHEDULER = moto.scheduler.models.EventBridgeSchedulerBackend
DELETE_GROUP = SCHEDULER.delete_schedule_group


def delete_schedule_group(self, name):
    """moto breaks down over a group that is not there; Scheduler says so."""
    self.get_schedule_group(name)
    DELETE_GROUP(self, name)


SCHEDULER.delete_schedule_group = delete_schedule_group

# What a bucket is told and moto does not know (or cannot delete): kept as it came. It would list, make or delete the bucket.
KEPT = {
    "analytics": "ListBucketAnalyticsConfigurationResult",
    "intelligent-tiering": "ListBucketIntelligentTieringConfigurationsOutput",
    "inventory": "ListInventoryConfigurationsResult",
    "metrics": "ListMetricsConfigurationsResult",
    "requestPayment": None,
}
S3 = moto.s3.responses.S3Response
PAYER = "<RequestPaymentConfiguration><Payer>BucketOwner</Payer></RequestPaymentConfiguration>"


def kept(method, otherwise):
    """One of S3's answers by bucket; what moto knows is left to it."""

    def answer(self, *given):
        bucket_name, querystring = given[-2:]
        name = next((one for one in KEPT if one in querystring), None)
        if name is None:
            return otherwise(self, *given)
        self._set_action("BUCKET", method, querystring)
        self._authenticate_and_authorize_s3_action(bucket_name=bucket_name)
        bucket = self.backend.get_bucket(bucket_name)
        all_kept = bucket.__dict__.setdefault("kept", {}).setdefault(name, {})
        key = querystring.get("id", [""])[0]
        if method == "PUT":
            all_kept[key] = re.sub(r"<\?xml[^>]*\?>", "", self.body.decode())
            return 200, {}, ""
        if method == "DELETE":
            all_kept.pop(key, None)
            return 204, {}, ""
        if KEPT[name] is None:
            return 200, {}, all_kept.get(key, PAYER)
        return 200, {}, f"<{KEPT[name]}><IsTruncated>false</IsTruncated>{''.join(all_kept.values())}</{KEPT[name]}>"

    return answer


MINIMUM = "x-amz-transition-default-minimum-object-size"


def kept_whole(method, otherwise):
    """moto judges these and forgets half of what they say (sizes, newer versions, filters): they are kept as they came."""

    def answer(self, *given):
        bucket_name, querystring = given[-2:]
        name = next((one for one in ("lifecycle", "replication") if one in querystring), None)
        if name is None:
            return otherwise(self, *given)
        if method == "GET":
            found = self.backend.get_bucket(bucket_name).__dict__.get(f"kept_{name}")
            return (200, found[1], found[0]) if found else otherwise(self, *given)
        answered = otherwise(self, *given)
        size = self.headers.get(MINIMUM, "all_storage_classes_128K")
        rules = re.sub(r"<\?xml[^>]*\?>", "", self.body.decode())
        kept_now = (rules, {MINIMUM: size}) if method == "PUT" else None
        setattr(self.backend.get_bucket(bucket_name), f"kept_{name}", kept_now)
        return answered

    return answer


BRIDGE = "<EventBridgeConfiguration"


def told_bridge(otherwise):
    """moto sends events to EventBridge and does not tell that it does."""

    def answer(self):
        status, headers, body = otherwise(self)
        if not self.backend.get_bucket(self.bucket_name).__dict__.get("kept_bridge"):
            return status, headers, body
        text = body.decode() if isinstance(body, bytes) else body
        inner = re.search(r"<NotificationConfiguration[^>]*>(.*)</NotificationConfiguration>", text, re.DOTALL)
        return status, headers, f"<NotificationConfiguration>{inner[1] if inner else ''}{BRIDGE}/></NotificationConfiguration>"

    return answer


def kept_bridge(otherwise):
    def answer(self, *given):
        answered = otherwise(self, *given)
        if "notification" in given[-1]:
            self.backend.get_bucket(given[-2]).kept_bridge = BRIDGE in self.body.decode()
        return answered

    return answer




def tagged_from_the_start(otherwise):
    """moto drops the tags of CreateBucket. AWS's bucket has them as soon as it is there: so they are here before it is."""

    def answer(self, *given):
        bucket_name, querystring = given[-2:]
        pairs = re.findall(r"<Key>([^<]*)</Key>\s*<Value>([^<]*)</Value>", self.body.decode()) if not querystring else []
        if pairs and bucket_name not in self.backend.buckets:
            arn = f"arn:{self.backend.partition}:s3:::{bucket_name}"
            self.backend.tagger.delete_all_tags_for_resource(arn)
            self.backend.tagger.tag_resource(arn, [{"Key": html.unescape(k), "Value": html.unescape(v)} for k, v in pairs])
        return otherwise(self, *given)

    return answer


S3.get_bucket_notification = told_bridge(S3.get_bucket_notification)
S3._bucket_response_put = tagged_from_the_start(kept_bridge(S3._bucket_response_put))

for name, method in (("get", "GET"), ("put", "PUT"), ("delete", "DELETE")):
    name = f"_bucket_response_{name}"
    setattr(S3, name, kept_whole(method, kept(method, getattr(S3, name))))


class Quiet(MotoRequestHandler):
    """No line for each call: nobody reads them."""

    def log_request(self, code="-", size="-"):
        pass


def close(descriptor):
    with contextlib.suppress(OSError):
        os.close(descriptor)


def end_with(descriptor):
    """Ends this process as soon as nobody is there any more who could write to that."""

    def wait():
        os.read(descriptor, 1)
        os._exit(0)

    threading.Thread(target=wait, daemon=True).start()


def last_words(answer):
    """An answer after which there is nobody: whoever takes the next part of it has sent this one."""
    yield answer
    os._exit(0)


class Servers:
    """The server of this process, and how another one comes from it."""

    def __init__(self, host):
        self.host = host
        # Ends when the last one that can write to it has gone: the first of all servers.
        self.life, self.held = os.pipe()
        self.moto = DomainDispatcherApplication(create_backend_app)

    def __call__(self, environ, start_response):
        path = environ.get("PATH_INFO")
        if environ.get("REQUEST_METHOD") != "POST" or path not in ("/fork", "/end"):
            return self.moto(environ, start_response)
        answer = str(self.fork() if path == "/fork" else 0).encode()
        start_response("200 OK", [("content-type", "text/plain"), ("content-length", str(len(answer)))])
        return last_words(answer) if path == "/end" else [answer]

    def fork(self):
        listening = socket.create_server((self.host, 0), backlog=128)
        port = listening.getsockname()[1]
        # What is there stays where it is: a collection in the child would copy page after page only to find nothing.
        gc.freeze()
        if os.fork() == 0:
            self.become(listening.fileno(), port)
        listening.close()
        return port

    def become(self, listening, port):
        """In the child: lets go of every connection of its parent's and serves until it is ended."""
        for other in range(3, 4096):
            if other not in (listening, self.life):
                close(other)
        end_with(self.life)
        try:
            self.serve(port, fd=listening)
        finally:
            os._exit(0)

    def load(self):
        """What a service's first request would load, for each service that the tests use."""
        for service in SERVICES:
            scope = f"AWS4-HMAC-SHA256 Credential=test/20200101/us-east-1/{service}/aws4_request, SignedHeaders=host"
            target = "DynamoDB_20120810.ListTables" if service == "dynamodb" else ""
            environ = {"HTTP_AUTHORIZATION": scope, "HTTP_X_AMZ_TARGET": target, "HTTP_HOST": "localhost", "PATH_INFO": "/"}
            self.moto.get_application(environ)

    def serve(self, port, fd=None, threaded=True):
        make_server(self.host, port, self, threaded=threaded, request_handler=Quiet, fd=fd).serve_forever()


if __name__ == "__main__":
    # Nobody waits for a copy.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    os.environ["MOTO_PORT"] = sys.argv[2]
    # Whoever started us holds the other end, and may be killed.
    end_with(sys.stdin.fileno())
    servers = Servers(sys.argv[1])
    mother = sys.argv[3:] == ["mother"]
    if mother:
        servers.load()
    servers.serve(int(sys.argv[2]), threaded=not mother)
