"""Ends a process, and what it started, when the supervisor is gone, however it went."""

import os
import signal
import sys
import threading


def die_with_parent(fd: int, signal_number: int = signal.SIGKILL) -> None:
    """The other end of `fd` is the supervisor's: its end of file is the supervisor's end."""
    if sys.platform == "linux":
        import ctypes

        # Works even when native code never lets the thread below run.
        ctypes.CDLL(None).prctl(1, signal_number)

    def watch() -> None:
        try:
            while os.read(fd, 1024):
                pass
        except OSError:
            pass
        end_group()

    threading.Thread(target=watch, name="lifeline", daemon=True).start()


def end_group() -> None:
    """Each helper of the supervisor leads a process group of its own: its children go with it."""
    os.killpg(0, signal.SIGKILL)
