"""The history of one key: its events in order, as runs of equal content.

A generation is the start of a run, whatever order the events came in: S3 delivers them at least once and in any order.
run = {"events": [oldest … newest], "rep": the event that is the run's generation}. Everything here is pure.
"""

import itertools
from dataclasses import replace
from typing import Any

from arrivals import Arrival

Run = dict[str, Any]  # `events`, oldest first, and `rep`

HISTORY_LIMIT = 120  # events that a head remembers; an event older than these is taken for a new generation


def _before(a: Arrival, b: Arrival) -> bool:
    """True when event a comes before event b of the same key."""
    if a.sequencer and b.sequencer:
        return a.sequencer < b.sequencer
    return (a.event_ms, a.sequencer) < (b.event_ms, b.sequencer)


def place_arrival(runs: list[Run], arrival: Arrival) -> tuple[list[Run], list[Arrival]]:
    """The runs with one more event, and the arrivals that became generations by it. Pure; duplicates change nothing.

    Content between two equal ones makes a generation of the second, too: a run always has one, the first it can have.
    """
    events = [event for run in runs for event in run["events"]]
    if _is_known(events, arrival):
        return runs, []
    place = next((index for index, event in enumerate(events) if _before(arrival, event)), len(events))
    events.insert(place, _clamped(events, place, arrival))
    generations = {run["rep"] for run in runs}
    grouped = [list(group) for _, group in itertools.groupby(events, key=lambda event: event.content)]
    updated: list[Run] = []
    born: list[Arrival] = []
    for group in grouped:
        rep = next((event for event in group if event in generations), None)
        if rep is None:
            rep = group[0]
            born.append(rep)
        updated.append({"events": group, "rep": rep})
    return updated, born


def _is_known(events: list[Arrival], arrival: Arrival) -> bool:
    """A duplicate: the same event, or the same version of the object, told of in another way (a backfill)."""
    if arrival.sequencer and any(event.sequencer == arrival.sequencer for event in events):
        return True
    if arrival.version_id not in ("", "null") and any(event.version_id == arrival.version_id for event in events):
        return True
    return not arrival.sequencer and any(
        (event.event_ms, event.content) == (arrival.event_ms, arrival.content) for event in events
    )


def _clamped(events: list[Arrival], place: int, arrival: Arrival) -> Arrival:
    """The arrival with a time that agrees with the sequencers around it: clocks may disagree, sequencers do not."""
    event_ms = arrival.event_ms
    if place > 0:
        event_ms = max(event_ms, events[place - 1].event_ms)
    if place < len(events):
        event_ms = min(event_ms, events[place].event_ms)
    return replace(arrival, event_ms=event_ms)


def trimmed(runs: list[Run]) -> list[Run]:
    """What a head remembers: at most so many events. The middles of old runs go first, then old runs."""
    runs = list(runs)
    spare = sum(len(run["events"]) for run in runs) - HISTORY_LIMIT
    for index, run in enumerate(runs):
        if spare <= 0:
            break
        kept = [event for event in run["events"] if event in (run["events"][0], run["events"][-1], run["rep"])]
        spare -= len(run["events"]) - len(kept)
        runs[index] = {**run, "events": kept}
    while spare > 0 and len(runs) > 1:
        spare -= len(runs.pop(0)["events"])
    return runs
