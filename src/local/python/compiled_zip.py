"""Puts beside each module of a zip what Python makes of it. Of a zip Python keeps nothing, so every job would compile anew.

    python compiled_zip.py from.zip to.zip
"""

import importlib.util
import marshal
import os
import sys
import zipfile

# Of a compiled file that is not compared with its source (PEP 552): both come from the same zip.
UNCHECKED = (1).to_bytes(4, "little")


def compiled(source: bytes, name: str) -> bytes | None:
    """As __pycache__ would hold it; None of what is no Python, which the script that imports it is to be told by Python."""
    try:
        code = compile(source, name, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return importlib.util.MAGIC_NUMBER + UNCHECKED + importlib.util.source_hash(source) + marshal.dumps(code)


def main(given: str, made: str) -> None:
    with zipfile.ZipFile(given) as source, zipfile.ZipFile(made, "w") as target:
        names = set(source.namelist())
        for info in source.infolist():
            content = source.read(info)
            target.writestr(info, content)
            if not info.filename.endswith(".py") or f"{info.filename}c" in names:
                continue
            code = compiled(content, os.path.join(os.path.basename(given), info.filename))
            if code is not None:
                target.writestr(f"{info.filename}c", code)


if __name__ == "__main__":
    main(*sys.argv[1:])
