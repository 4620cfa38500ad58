"""Runs a command and says what it cost: measure.py OUT.json LOG.txt COMMAND...

Seconds on the clock, CPU seconds of it and of all that it waited for, and the most memory that it and its children held at
one time (looked at twenty times a second where there is a /proc; else the largest of them alone).
"""

import json
import os
import pathlib
import resource
import subprocess
import sys
import threading
import time

PAGE = resource.getpagesize()


def children(pid: int) -> list[int]:
    found: list[int] = []
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        found += [int(one) for one in (task / "children").read_text().split()]
    return found


def resident(pid: int) -> int:
    """Bytes of it and of everything below it; what has just ended counts nothing."""
    try:
        own = int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
        return own + sum(resident(child) for child in children(pid))
    except (OSError, IndexError):
        return 0


def main() -> None:
    out, log, *command = sys.argv[1:]
    most = 0
    over = threading.Event()

    def watch(pid: int) -> None:
        nonlocal most
        while not over.wait(0.05):
            most = max(most, resident(pid))

    with open(log, "wb") as said:
        began = time.monotonic()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT)
        watcher = threading.Thread(target=watch, args=(process.pid,))
        watcher.start()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - began
    over.set()
    watcher.join()
    largest = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    told = {
        "code": os.waitstatus_to_exitcode(status),
        "seconds": seconds,
        "cpu": usage.ru_utime + usage.ru_stime,
        "peakMb": max(most, largest) / 1024 / 1024,
    }
    pathlib.Path(out).write_text(json.dumps(told))


main()
