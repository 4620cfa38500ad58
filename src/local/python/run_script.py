"""Runs one Glue script as `__main__`, as Glue's own launcher does, and tells the supervisor why it failed.

    python run_script.py /path/to/script.py

File descriptor 3 leads to the supervisor: one JSON line with the arguments (which may hold secrets, and every user of
the machine can read a command line) comes in, one with the cause goes out, its end of file comes in.

The process that the supervisor starts is the keeper. The script is its child; when that ends, or the supervisor, or is
told to by TERM, the keeper ends everything that the script started, detached or not, and ends itself as the script did.
"""

import json
import os
import signal
import sys
import threading
import traceback
import types

import offspring

CHANNEL = 3
LONGEST = 4000


def first_line(text: str) -> str:
    return text.strip().split("\n", 1)[0].strip()


def cause_of(error: BaseException) -> str:
    """`Class: message`, as Glue shows it."""
    name = type(error).__name__
    if name == "Py4JJavaError":
        try:
            call = first_line(str(error)).rstrip(".:")
            return f"{name}: {call}. {first_line(error.java_exception.toString())}"
        except Exception:
            return f"{name}: {first_line(str(error))}"
    text = str(error)
    # Spark's analysis errors carry the whole plan after the first line.
    text = first_line(text) if type(error).__module__.startswith("pyspark") else text.strip()
    return f"{name}: {text}" if text else name


def report(error: BaseException) -> None:
    try:
        os.write(CHANNEL, (json.dumps({"cause": cause_of(error)[:LONGEST]}) + "\n").encode())
    except OSError:
        pass


def exit_code(error: SystemExit) -> int:
    if error.code is None:
        return 0
    return error.code if isinstance(error.code, int) else 1


def told() -> dict:
    """The first line on the channel; what comes after it is its end."""
    line = b""
    while not line.endswith(b"\n"):
        part = os.read(CHANNEL, 1 << 16)
        if not part:
            os._exit(1)
        line += part
    return json.loads(line)


def keep(script: int) -> None:
    """Waits for the script and leaves nothing of it. Never returns."""

    def end(how: int) -> None:
        offspring.end_descendants()
        os.kill(os.getpid(), how)

    def watch() -> None:
        while os.read(CHANNEL, 1024):
            pass
        end(signal.SIGKILL)

    signal.signal(signal.SIGTERM, lambda *_: end(signal.SIGKILL))
    offspring.die_with_parent(signal.SIGTERM)
    threading.Thread(target=watch, daemon=True).start()
    # The output is the script's: it is at its end when the last of its processes is.
    nowhere = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(nowhere, fd)
    while True:
        pid, status = os.waitpid(-1, 0)
        if pid == script:
            break
    offspring.end_descendants()
    code = os.waitstatus_to_exitcode(status)
    if code >= 0:
        os._exit(code)
    signal.signal(-code, signal.SIG_DFL) if -code not in (signal.SIGKILL, signal.SIGSTOP) else None
    os.kill(os.getpid(), -code)
    os._exit(1)


def main() -> int:
    settings = told()
    offspring.adopt()
    script = os.fork()
    if script:
        keep(script)
    # A group of its own: what a script sends to its group does not reach its keeper.
    os.setpgid(0, 0)
    offspring.die_with_parent()
    return run(sys.argv[1], settings)


def run(script: str, settings: dict) -> int:
    os.set_inheritable(CHANNEL, False)
    sys.argv = [script, *settings["argv"]]
    if settings.get("spark"):
        import spark_attach

        spark_attach.install(settings["spark"])
    # The script sees its own folder, not ours.
    sys.path[0] = os.path.dirname(script)
    module = types.ModuleType("__main__")
    module.__file__ = script
    module.__dict__["__builtins__"] = __builtins__
    sys.modules["__main__"] = module
    try:
        with open(script, "rb") as file:
            code = compile(file.read(), script, "exec")
        exec(code, module.__dict__)
    except SystemExit as error:
        code = exit_code(error)
        if code != 0:
            if not isinstance(error.code, int):
                print(error.code, file=sys.stderr)
            report(error)
        return code
    except BaseException as error:
        # Without the frame of this file.
        trace = error.__traceback__.tb_next if error.__traceback__ else None
        traceback.print_exception(type(error), error, trace)
        report(error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
