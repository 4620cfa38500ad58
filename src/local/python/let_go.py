"""Frees what a script holds in the JVM, which outlives it.

Py4J keeps each object of the JVM that Python knows until Python says that it does not any more, object by object as they
are collected. At its end Python says nothing: frames with their plans, some megabytes a job, would stay for good.
"""

import atexit

# So many are asked for at once, and nobody waits longer than this (seconds) for a JVM that does not answer.
TOGETHER = 500
PATIENCE = 10.0


def at_the_end() -> None:
    """Arranges it. What is arranged first comes last: a script's own endings, and its threads, still have all."""
    atexit.register(let_go)


def let_go() -> None:
    from pyspark import SparkContext

    gateway = SparkContext._gateway
    if gateway is None:
        return
    try:
        client = gateway._gateway_client
        connection = client._get_connection()
        connection.socket.settimeout(PATIENCE)
        held = held_by(client)
        for start in range(0, len(held), TOGETHER):
            part = held[start : start + TOGETHER]
            connection.socket.sendall("".join(f"m\nd\n{one}\ne\n" for one in part).encode())
            for _ in part:
                connection.stream.readline()
    except Exception:
        pass  # the JVM is gone, or busy with ending; the script has had its say


def held_by(client) -> list:
    """Names of the objects: of those that are there, and of those whose end waits to be told."""
    from py4j.finalizer import ThreadSafeFinalizer

    prefix = f"{client.address}{client.port}"
    named = [key[len(prefix) :] for key in list(ThreadSafeFinalizer.finalizers) if key.startswith(prefix)]
    waiting = [entry[1] for entry in list(client.finalizer_deque) if isinstance(entry, tuple)]
    # Others are the JVM's own: its entry point, its server.
    return [one for one in {*named, *waiting} if one.startswith("o")]
