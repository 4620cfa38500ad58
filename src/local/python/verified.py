"""Holds the emulator to what the front has verified: for which service a request was signed, and with which key.

MiniStack 1.5.33 reads both for itself, from the first thing that looks like it. A link of S3 it routes by an `Action`
in the query or in a form, by path and by host: whoever had a link to one object could make himself a key.
"""

import contextvars
from urllib.parse import parse_qs

SERVICE = contextvars.ContextVar("service", default="")
HEADERS = (b"x-metriccare-service", b"x-metriccare-key")


def taken(scope: dict) -> tuple[dict, bool]:
    """The request without the front's own headers, and whether the emulator reads the same key in it as the front.

    The front's own questions have no such headers; nobody else reaches the socket.
    """
    from ministack.core.router import extract_access_key_id

    service, key = (dict(scope["headers"]).get(name, b"").decode("latin-1") for name in HEADERS)
    SERVICE.set(service)
    if not service:
        return scope, True
    kept = [(name, value) for name, value in scope["headers"] if name not in HEADERS]
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in kept}
    params = parse_qs(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
    return {**scope, "headers": kept}, extract_access_key_id(headers, params) == key


def install() -> None:
    from ministack import app

    detect = app.detect_service

    def detect_service(method, path, headers, query_params):
        service = SERVICE.get()
        # The scope of an Authorization of version 4 decides before all that can be added to a link.
        scope = f"AWS4-HMAC-SHA256 Credential=key/day/region/{service}/aws4_request"
        return detect(method, path, {**headers, "authorization": scope} if service else headers, query_params)

    class Names(frozenset):
        """Labels of a host that are services, but where S3 was signed for: there they are buckets, as at the door."""

        def __contains__(self, name):
            return SERVICE.get() != "s3" and super().__contains__(name)

    app.detect_service = detect_service
    app._NON_S3_VHOST_NAMES = Names(app._NON_S3_VHOST_NAMES)
