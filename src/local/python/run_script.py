"""Runs one Glue script as `__main__`, as Glue's own launcher does, and tells the supervisor why it failed.

    python run_script.py /path/to/script.py --key value …

File descriptor 3 leads to the supervisor: one JSON line with the cause goes out, its end of file comes in.
"""

import json
import os
import sys
import traceback
import types

from lifeline import die_with_parent

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


def main() -> int:
    die_with_parent(CHANNEL)
    os.set_inheritable(CHANNEL, False)
    script = sys.argv[1]
    sys.argv = sys.argv[1:]
    if os.environ.get("METRICCARE_SPARK"):
        import spark_attach

        spark_attach.install(json.loads(os.environ.pop("METRICCARE_SPARK")))
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
