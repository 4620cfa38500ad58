"""Finds and ends what a process started, however it detached itself: no child of a run outlives it.

On Linux a subreaper becomes the parent of what its descendants leave behind (PR_SET_CHILD_SUBREAPER), also of a daemon
that forked twice in a session of its own. Elsewhere there is only the tree of the moment.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
LONGEST_END = 20.0


def adopt() -> None:
    """From now on orphans among our descendants become our children."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)


def die_with_parent(number: int = signal.SIGKILL) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)


def parents() -> dict[int, int]:
    """Of every process that is no zombie its parent."""
    if sys.platform != "linux":
        return parents_by_ps()
    found = {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as file:
                # The name of the program, in brackets, may hold anything.
                state, parent = file.read().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if state not in "ZX":
            found[int(name)] = int(parent)
    return found


def parents_by_ps() -> dict[int, int]:
    with subprocess.Popen(["ps", "-axo", "pid=,ppid=,stat="], stdout=subprocess.PIPE, text=True) as ps:
        rows = [line.split() for line in ps.stdout]
    # It lists itself, a child of ours.
    return {
        int(row[0]): int(row[1])
        for row in rows
        if len(row) == 3 and not row[2].startswith("Z") and int(row[0]) != ps.pid
    }


def descendants(root: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for pid, parent in parents().items():
        children.setdefault(parent, []).append(pid)
    found, left = [], [root]
    while left:
        below = children.get(left.pop(), [])
        found += below
        left += below
    return found


def kill(pid: int, number: int = signal.SIGKILL) -> None:
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        pass


def reap() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0] != 0:
            pass
    except ChildProcessError:
        pass


def end_descendants(seconds: float = LONGEST_END) -> None:
    """Kills all that descends from us, until nothing does."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        left = descendants(os.getpid())
        if not left:
            return
        # Stopped first: what is being killed one by one could go on forking.
        for pid in left:
            kill(pid, signal.SIGSTOP)
        for pid in left:
            kill(pid)
        reap()
        time.sleep(0.005)
