"""Saves the emulator's state a moment after a change, instead of only at a clean end.

A save reads everything that the emulator holds. Where the system can fork, a child does that: it has the state of one
moment, and requests are answered meanwhile. The emulator's own save copies all of it first and writes it with the slow
one of Python's two JSON encoders; a child, or a process at its end, needs no copy.
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

QUIET_SECONDS = 0.5
# A save takes a processor for its time: with big tables it runs seldom enough to cost at most some percent.
COST_FACTOR = 25.0
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
    """Writes all services' states; returns those that failed.

    Only for a process that changes nothing any more: what `get_state` copies, it does not copy.
    """
    copy.deepcopy = lambda value, _memo=None: value
    failed = []
    for name, get_state in services.items():
        try:
            state = get_state()
            if state is not None:  # a module that failed to load: its last good file stays
                write_state(name, state)
        except Exception as error:
            failed.append(f"{name} ({type(error).__name__})")
    return failed


class Saver:
    """Saves the emulator's state shortly after a change."""

    def __init__(self):
        self.changed = 0.0
        self.saved = 0.0
        self.cost = 0.0
        self.child = 0
        self.begun = 0.0

    def touch(self):
        """Something may have changed."""
        self.changed = time.monotonic()

    async def run(self, sleep):
        """Saves for as long as the process lives."""
        while True:
            await sleep(0.25)
            if self.child:
                self.look()
            elif self.due():
                self.save()

    def due(self):
        """Whether there is something to save, and enough time since the last one began."""
        pause = max(QUIET_SECONDS, self.cost * COST_FACTOR)
        return self.changed > self.saved and time.monotonic() - self.begun > pause

    def save(self):
        """On the loop's own thread, where requests are answered too: no request is seen half done."""
        from ministack.app import _build_persistence_save_dict

        self.begun = time.monotonic()
        services = _build_persistence_save_dict()
        if not CAN_FORK:
            from ministack.core.persistence import save_all

            save_all(services)
            self.done(time.monotonic() - self.begun)
            return
        self.child = os.fork()
        if self.child == 0:
            in_child(services)

    def look(self):
        """Whether the child has ended, and what to do with one that never does."""
        ended, status, usage = os.wait4(self.child, os.WNOHANG)
        if ended:
            self.child = 0
            if status == 0:
                self.done(usage.ru_utime + usage.ru_stime)
            else:
                self.failed()
        elif time.monotonic() - self.begun > LONGEST_SECONDS:
            self.stop()
            self.failed()

    def done(self, seconds):
        """What changed since the save began is not in it."""
        self.saved = self.begun
        self.cost = seconds

    def failed(self):
        """The change is still to be saved, and not at once."""
        self.cost = max(self.cost, 0.2)

    def stop(self):
        """No child writes from now on."""
        if not self.child:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.child, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.child, 0)
        self.child = 0

    def last(self):
        """The save of a clean end, in the emulator's place."""
        from ministack import app

        self.stop()
        say_failed(save_without_copies(app._build_persistence_save_dict()))
        app.PERSIST_STATE = False


def say_failed(names):
    """One line in the emulator's log, past Python's buffers, which another thread may have locked at the fork."""
    if names:
        os.write(2, f"the state could not be saved of: {', '.join(names)}\n".encode())


def close_all():
    """All but the standard streams; those that are open, since a container may allow a thousand million."""
    for name in os.listdir("/proc/self/fd"):
        if int(name) > 2:
            with contextlib.suppress(OSError):
                os.close(int(name))


def in_child(services):
    """The child's whole life. Threads and handlers are not its own, and what the parent closes must be closed."""
    try:
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # two emulators' children must not write one file
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        close_all()
        gc.disable()
        logging.disable()
        os.nice(10)
        failed = save_without_copies(services)
        say_failed(failed)
    except BaseException:
        os._exit(1)
    os._exit(1 if failed else 0)
