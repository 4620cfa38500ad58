"""Runs the emulator (MiniStack) behind a thin ASGI wrapper of ours.

The wrapper adds what the emulator keeps to itself and the embedded AWS needs: events of source `aws.glue`
(which PutEvents refuses, as on AWS), credentials of a Glue job's role, and a save of its state a moment after
each change instead of only at a clean end. All of that is behind a secret that only the supervisor knows.
The emulator is pinned by hash, so its private functions used here do not move.
"""

import asyncio
import contextlib
import hmac
import json
import os
import signal
import socket
import sys
import threading
import time

import door
import offspring
import orphans
import verified
from saver import Saver

PREFIX = "/_metriccare/"
# The emulator's own back doors stay shut, but for health and the download links of function code.
OPEN_PATHS = ("/_ministack/health", "/_ministack/ready")
OPEN_PREFIXES = ("/_ministack/lambda-code/", "/_ministack/lambda-layers/")


def die_with_parent() -> None:
    """TERM (a clean stop that saves) when the supervisor is gone, however it went."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGTERM)

    def watch() -> None:
        while os.read(0, 1024):
            pass
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(8)
        offspring.end_descendants(2)
        os._exit(1)

    threading.Thread(target=watch, name="lifeline", daemon=True).start()


def emit(entry: dict) -> dict:
    from ministack.core.responses import request_scope
    from ministack.services import eventbridge

    with request_scope(os.environ["MINISTACK_ACCOUNT_ID"], os.environ["MINISTACK_REGION"]):
        eventbridge._ensure_default_bus()
        eventbridge._put_events(
            {
                "Entries": [
                    {
                        "Source": "aws.glue",
                        "DetailType": entry["detailType"],
                        "Detail": json.dumps(entry["detail"]),
                        "Resources": entry.get("resources", []),
                    }
                ]
            },
            allow_aws_source=True,
        )
    return {}


def credentials_of_role(request: dict) -> dict:
    """What the Glue service gets when it assumes a job's role: refused when the role is gone or does not trust it."""
    from ministack.core.responses import request_scope

    import iam_trust

    arn = request["roleArn"]
    with request_scope(os.environ["MINISTACK_ACCOUNT_ID"], os.environ["MINISTACK_REGION"]):
        role = iam_trust.role_of(arn)
        if role is None:
            return {"refused": f"the role {arn} does not exist"}
        if not iam_trust.trusts(role, "glue.amazonaws.com", request["source"]):
            return {"refused": f"the role {arn} does not let glue.amazonaws.com assume it (its trust policy)"}
        return iam_trust.session(role, "GlueJobRunnerSession", request["seconds"])


def denial(request: dict) -> dict:
    """Why the owner of an access key may not do this by the emulator's policies, in AWS's words; for what the front answers."""
    from ministack.core.iam_actions import identity_denial_message
    from ministack.core.iam_evaluator import AuthError, enforce
    from ministack.core.responses import request_scope

    action = request["action"]
    region = os.environ["MINISTACK_REGION"]
    with request_scope(os.environ["MINISTACK_ACCOUNT_ID"], region):
        for resource in request["resources"] or ["*"]:
            result = enforce(
                request["accessKeyId"], action, action.split(":")[0], region, resource, request.get("context")
            )
            if isinstance(result, AuthError):
                return {"denied": result.message}
            if result is not None:
                explicit = result.decision == "Deny"
                return {"denied": identity_denial_message(action, result.principal_arn, resource, explicit)}
    return {}


HOOKS = {"events": emit, "role": credentials_of_role, "key": door.secret_of, "denial": denial}


async def answer(send, status: int, body: dict) -> None:
    data = json.dumps(body).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(data)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": data})


async def read_body(receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return body


class Wrapper:
    def __init__(self, inner, secret: str, saver: Saver) -> None:
        self.inner = inner
        self.secret = secret.encode()
        self.saver = saver
        self.task = None

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] == "lifespan":
            self.task = asyncio.get_running_loop().create_task(self.saver.run(asyncio.sleep))
            await self.inner(scope, self.saving(receive), send)
            return
        path = scope.get("path", "")
        if scope["type"] == "http" and path.startswith(PREFIX):
            await self.hook(scope, receive, send, path[len(PREFIX) :])
            return
        if path.startswith("/_") and not (path in OPEN_PATHS or path.startswith(OPEN_PREFIXES)):
            if path.startswith(("/_ministack", "/_localstack")):
                await answer(send, 403, {"message": "not open in the embedded AWS"})
                return
        if scope["type"] == "http":
            scope, right = verified.taken(scope)
            if not right:
                await answer(send, 403, {"message": "another key than the one that signed"})
                return
        await self.inner(scope, receive, send)
        if scope.get("method") not in ("GET", "HEAD") or not path.startswith("/_"):
            self.saver.touch()

    def saving(self, receive):
        """At a clean end our save comes before the emulator's own, and in its place."""

        async def received():
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                self.task.cancel()
                self.saver.last()
            return message

        return received

    async def hook(self, scope, receive, send, name: str) -> None:
        given = dict(scope["headers"]).get(b"x-metriccare-secret", b"")
        if not hmac.compare_digest(given, self.secret) or name not in HOOKS:
            await answer(send, 403, {"message": "no"})
            return
        try:
            result = HOOKS[name](json.loads(await read_body(receive)))
        except Exception as error:
            await answer(send, 500, {"message": f"{type(error).__name__}: {error}"})
            return
        self.saver.touch()
        await answer(send, 200, result)


def listen(file: str) -> socket.socket:
    """A socket file instead of a port: no web page and no other user of the machine reaches it."""
    with contextlib.suppress(FileNotFoundError):
        # Of a life that did not end cleanly.
        os.unlink(file)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(file)
    os.chmod(file, 0o600)
    return listener


def end(*_) -> None:
    """The last of us: what functions left goes too."""
    offspring.end_descendants(5)
    sys.exit(0)


def main() -> None:
    die_with_parent()
    secret = os.environ.pop("METRICCARE_SECRET")  # not for functions, which inherit the environment
    # What it and its functions write is nobody else's.
    os.umask(0o077)
    listener = listen(os.environ.pop("METRICCARE_SOCKET"))
    # Only now: the emulator reads its environment when it is imported.
    import iam_rules
    import s3_kept
    import uvicorn
    from ministack.app import app

    iam_rules.install()
    s3_kept.install()
    verified.install()
    door.install(secret)

    saver = Saver()
    orphans.install(lambda: saver.child)
    config = uvicorn.Config(
        Wrapper(app, secret, saver),
        http="httptools",
        log_level="warning",
        access_log=False,
        # A second Date header makes the Java SDK correct its clock at every call.
        date_header=False,
        server_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=3,
        lifespan="on",
    )

    class Server(uvicorn.Server):
        async def startup(self, sockets=None) -> None:
            await super().startup(sockets=sockets)
            print(json.dumps({"ready": True}), flush=True)

    # Uvicorn ends what it does at TERM, and then raises it again.
    signal.signal(signal.SIGTERM, end)
    Server(config).run(sockets=[listener])
    end()


if __name__ == "__main__":
    main()
