"""Ends what a function's process left behind: on AWS it goes with the sandbox, whatever session it made for itself.

The emulator is the subreaper of its functions. A child that it did not start itself is such an orphan.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import offspring

SECONDS = 1.0
LOCK = threading.Lock()
ours: set = set()


def install(spared: Callable[[], int | None]) -> None:
    """`spared` names a child that was made by os.fork()."""
    if sys.platform != "linux":
        return
    offspring.adopt()
    start = subprocess.Popen._execute_child

    def _execute_child(self, *args, **options):
        # Nobody looks between its birth and its being known.
        with LOCK:
            start(self, *args, **options)
            ours.add(self.pid)

    subprocess.Popen._execute_child = _execute_child
    threading.Thread(target=watch, args=(spared,), name="orphans", daemon=True).start()


def watch(spared: Callable[[], int | None]) -> None:
    before: set = set()
    while True:
        time.sleep(SECONDS)
        with LOCK:
            children = {pid for pid, parent in offspring.parents().items() if parent == os.getpid()}
            ours.intersection_update(children)
            strange = children - ours - {spared()}
        # Seen twice: a fork of our own is known a moment after it is there.
        for pid in strange & before:
            offspring.kill(pid)
            try:
                os.waitpid(pid, 0)
            except ChildProcessError:
                pass
        before = strange
