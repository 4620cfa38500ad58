"""What the front needs to know who knocks: the secrets that MiniStack 1.5.33 mints, and links that cannot be guessed."""

import contextvars
import hashlib
import hmac
import os
import re
import time
from urllib.parse import urlsplit

# As long as AWS's own links to a function's code are good.
LINK_SECONDS = 600


def secret_of(request: dict) -> dict:
    """The secret (and the token) of an access key that was minted in here and is good; nothing for any other."""
    from ministack.core import iam_evaluator
    from ministack.core.responses import _account_from_sts_session, request_scope

    key = request["accessKeyId"]
    # The emulator's roots prove nothing and are nobody's from outside.
    if iam_evaluator.is_root_access_key(key):
        return {}
    own = os.environ["MINISTACK_ACCOUNT_ID"]
    try:
        account = _account_from_sts_session(key) or iam_evaluator.find_iam_access_key_account(key) or own
    except iam_evaluator.AmbiguousAccessKeyError:
        return {}
    with request_scope(account, os.environ["MINISTACK_REGION"]):
        found = iam_evaluator.resolve_credential(key, account)
    if not isinstance(found, iam_evaluator.ResolvedCredential):
        return {}
    told = {"secretAccessKey": found.secret_access_key, "sessionToken": found.session_token}
    if found.expiration is not None:
        told["expiresAt"] = int(found.expiration * 1000)
    return told


def install(secret: str) -> None:
    from ministack.services import lambda_svc, sns

    code, layer = lambda_svc._presigned_code_url, lambda_svc._layer_content_url
    lambda_svc._presigned_code_url = lambda name: signed(code(name), secret)
    lambda_svc._layer_content_url = lambda name, version: signed(layer(name, version), secret)
    link_messages(sns)


def signed(url: str, secret: str) -> str:
    """The link with an end and a token that the front holds against its path (front/door/links.ts makes the same)."""
    parts = urlsplit(url)
    until = str(int(time.time()) + LINK_SECONDS)
    token = hmac.new(secret.encode(), f"code\n{parts.path}\n{until}".encode(), hashlib.sha256).hexdigest()
    return f"http://127.0.0.1:{parts.port}{parts.path}?until={until}&token={token}"


def link_messages(sns) -> None:
    """Links in messages lead to the front by its one name; to unsubscribe, to the subscription that got the message."""
    sns._HOST = "127.0.0.1"
    matches, build = sns._matches_filter_policy, sns._build_envelope
    subscription = contextvars.ContextVar("subscription", default="")

    def _matches_filter_policy(sub, *args):
        # Asked for each subscriber right before his message is made.
        subscription.set(sub.get("arn", ""))
        return matches(sub, *args)

    def _build_envelope(topic_arn, *args):
        text = build(topic_arn, *args)
        return re.sub(r"(SubscriptionArn=)[^\"&]*:example(?=\")", lambda found: found.group(1) + subscription.get(), text)

    sns._matches_filter_policy, sns._build_envelope = _matches_filter_policy, _build_envelope
