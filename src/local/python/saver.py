"""Saves the emulator's state a moment after a change, instead of only at a clean end.

A save reads everything that the emulator holds. Where the system can fork, a child does that: it has the state of one
moment, and requests are answered meanwhile. The emulator's own save copies all of it first and writes it with the slow
one of Python's two JSON encoders; a child, or a process at its end, needs no copy.

Each service is saved as often as its own size allows: a ledger of a hundred thousand files must not keep a bucket or a role
that was made a moment ago from the disk.
"""

import contextlib
import copy
import ctypes
import gc
import json
import logging
import os
import signal
import sys
import time

QUIET_SECONDS = 0.25
# A save takes a processor for its time: a service with big tables is saved seldom enough to cost at most some percent.
COST_FACTOR = 25.0
LARGEST_REPORT = 60_000  # bytes of a child's report: less than a pipe holds
# A child that was born while another thread held a lock may wait for it for ever.
LONGEST_SECONDS = 120.0
# As deep as an item of a table: below that, a piece is small enough to be made in one go.
PIECE_DEPTH = 8
# macOS lets no process fork safely that has used its frameworks.
CAN_FORK = sys.platform == "linux"


def pieces(value, default, depth=PIECE_DEPTH):
    """The JSON text of a value in pieces, by the fast encoder, and never all of it in memory."""
    if depth > 0 and not isinstance(value, (str, int, float, bool, type(None), list, tuple, dict)):
        value = default(value)
    if depth == 0 or not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        yield json.dumps(value, default=default)
        return
    before = "{"
    for key, inner in value.items():
        yield f"{before}{json.dumps(key)}: "
        yield from pieces(inner, default, depth - 1)
        before = ", "
    yield "{}" if before == "{" else "}"


def write_state(service, state):
    """What the emulator's `save_state` writes, whole or not at all."""
    from ministack.core import persistence

    os.makedirs(persistence.STATE_DIR, exist_ok=True)
    path = os.path.join(persistence.STATE_DIR, f"{service}.json")
    wrapped = {"__ministack_format__": persistence._state_format_version(service), "payload": state}
    with open(f"{path}.tmp", "w") as file:
        file.writelines(pieces(wrapped, persistence._json_default))
    os.replace(f"{path}.tmp", path)


def save_without_copies(services):
    """Writes the services' states; returns those that failed, and the seconds of processor that each of the others took.

    Only for a process that changes nothing any more: what `get_state` copies, it does not copy.
    """
    copy.deepcopy = lambda value, _memo=None: value
    failed, costs = [], {}
    for name, get_state in services.items():
        begun = time.process_time()
        try:
            state = get_state()
            if state is not None:  # a module that failed to load: its last good file stays
                write_state(name, state)
            costs[name] = time.process_time() - begun
        except Exception as error:
            failed.append(f"{name} ({type(error).__name__})")
    return failed, costs


class Service:
    """When one service was saved, and what that costs."""

    def __init__(self):
        self.begun = 0.0
        self.saved = 0.0
        self.cost = 0.0

    def due(self, changed, now, least):
        """Whether it may have changed since, and enough time has passed since its last save began."""
        return changed > self.saved and now - self.begun > max(least, self.cost * COST_FACTOR)


class Saver:
    """Saves the emulator's state shortly after a change."""

    def __init__(self):
        self.changed = 0.0
        self.services = {}
        self.forking = 0.0  # seconds that a fork keeps requests waiting
        self.child = 0
        self.begun = 0.0
        self.saving = []
        self.report = -1

    def touch(self):
        """Something may have changed: of any service, since one calls another."""
        self.changed = time.monotonic()

    async def run(self, sleep):
        """Saves for as long as the process lives."""
        while True:
            await sleep(0.1)
            if self.child:
                self.look()
            else:
                self.save()

    def due(self, names):
        """Those of the services that are to be saved now."""
        now = time.monotonic()
        least = max(QUIET_SECONDS, self.forking * COST_FACTOR)
        return [name for name in names if self.service(name).due(self.changed, now, least)]

    def service(self, name):
        return self.services.setdefault(name, Service())

    def save(self):
        """On the loop's own thread, where requests are answered too: no request is seen half done."""
        from ministack.app import _build_persistence_save_dict

        services = _build_persistence_save_dict()
        names = self.due(services)
        if not names:
            return
        # The small ones first: they need not wait for the big ones.
        names.sort(key=lambda name: self.service(name).cost)
        services = {name: services[name] for name in names}
        self.begun = time.monotonic()
        self.saving = names
        for name in names:
            self.service(name).begun = self.begun
        if not CAN_FORK:
            from ministack.core.persistence import save_all

            save_all(services)
            self.done(dict.fromkeys(names, time.monotonic() - self.begun))
            return
        self.report, report = os.pipe()
        self.child = os.fork()
        if self.child == 0:
            in_child(services, report)
        os.close(report)
        self.forking = time.monotonic() - self.begun

    def look(self):
        """Whether the child has ended, and what to do with one that never does."""
        ended, status = os.waitpid(self.child, os.WNOHANG)
        if ended:
            self.child = 0
            self.done(json.loads(os.read(self.report, LARGEST_REPORT)) if status == 0 else {})
            os.close(self.report)
        elif time.monotonic() - self.begun > LONGEST_SECONDS:
            self.stop()
            self.done({})

    def done(self, costs):
        """What changed since the save began is not in it. What failed is still to be saved, and not at once."""
        for name in self.saving:
            service = self.service(name)
            if name in costs:
                service.saved = self.begun
                service.cost = costs[name]
            else:
                service.cost = max(service.cost, 0.2)

    def stop(self):
        """No child writes from now on."""
        if not self.child:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.child, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.child, 0)
        os.close(self.report)
        self.child = 0

    def last(self):
        """The save of a clean end, in the emulator's place."""
        from ministack import app

        self.stop()
        failed, _ = save_without_copies(app._build_persistence_save_dict())
        say_failed(failed)
        app.PERSIST_STATE = False


def say_failed(names):
    """One line in the emulator's log, past Python's buffers, which another thread may have locked at the fork."""
    if names:
        os.write(2, f"the state could not be saved of: {', '.join(names)}\n".encode())


def close_all(kept):
    """All but the standard streams and one more; those that are open, since a container may allow a thousand million."""
    for name in os.listdir("/proc/self/fd"):
        if int(name) > 2 and int(name) != kept:
            with contextlib.suppress(OSError):
                os.close(int(name))


def in_child(services, report):
    """The child's whole life. Threads and handlers are not its own, and what the parent closes must be closed."""
    try:
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # two emulators' children must not write one file
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        close_all(report)
        gc.disable()
        logging.disable()
        os.nice(10)
        failed, costs = save_without_copies(services)
        say_failed(failed)
        os.write(report, json.dumps(costs).encode())
    except BaseException:
        os._exit(1)
    os._exit(0)
