"""The embedded AWS's save of the emulator's state: same text as the emulator's own, by a child, whole or not at all."""

import asyncio
import importlib.util
import json
import sys
import time
import types
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "local" / "python" / "saver.py"


class Scoped:
    """A store of the emulator's that JSON knows only through its `default`."""

    def __init__(self, data):
        self.data = data


def default(value):
    if isinstance(value, Scoped):
        return {"__scoped__": True, "data": value.data}
    if isinstance(value, bytes):
        return {"__bytes__": value.hex()}
    raise TypeError(type(value).__name__)


@pytest.fixture
def saver(tmp_path, monkeypatch):
    """The module, with an emulator that has what it uses of one; `services` may be filled."""
    persistence = types.ModuleType("ministack.core.persistence")
    persistence.STATE_DIR = str(tmp_path / "state")
    persistence._state_format_version = lambda service: 3 if service == "sns" else 2
    persistence._json_default = default
    app = types.ModuleType("ministack.app")
    app.services = {}
    app.PERSIST_STATE = True
    app._build_persistence_save_dict = lambda: app.services
    core = types.ModuleType("ministack.core")
    core.persistence = persistence
    ministack = types.ModuleType("ministack")
    ministack.app, ministack.core = app, core
    for module in (ministack, app, core, persistence):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    spec = importlib.util.spec_from_file_location("saver", SOURCE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.services = app.services
    module.app = app
    module.state_dir = Path(persistence.STATE_DIR)
    # a test's process goes on after the last save
    monkeypatch.setattr("copy.deepcopy", module.copy.deepcopy)
    return module


DEEP = {
    "tables": Scoped({"a\0b": {"items": {"pk": {"sk": {"file_id": {"S": "é\n\"x'"}, "n": {"N": "1"}}}}, "empty": {}}})
}
ODD = {1: "a number for a key", "list": [Scoped({}), b"\0\xff"], "none": None, "yes": True, "deep": {"a": {"b": {}}}}


@pytest.mark.parametrize("value", [DEEP, ODD, {}, [], "text", None, {"a": DEEP, "b": ODD}])
@pytest.mark.parametrize("depth", [0, 1, 3, 8])
def test_pieces_are_the_text_that_json_would_write(saver, value, depth):
    assert "".join(saver.pieces(value, default, depth)) == json.dumps(value, default=default)


def run(saver, until, seconds=20):
    one = saver.Saver()
    one.touch()

    async def work():
        task = asyncio.create_task(one.run(asyncio.sleep))
        end = time.monotonic() + seconds
        while not until(one) and time.monotonic() < end:
            await asyncio.sleep(0.02)
        task.cancel()

    asyncio.run(work())
    assert until(one)
    return one


def read(saver, service):
    return json.loads((saver.state_dir / f"{service}.json").read_text())


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a child saves where the system can fork")
def test_a_change_is_saved_by_a_child_and_the_parent_keeps_its_copies(saver):
    calls = []
    saver.services["sns"] = lambda: calls.append(1) or {"topics": Scoped({"a": 1})}
    saver.services["absent"] = lambda: None
    one = run(saver, lambda one: one.service("sns").saved > one.changed)
    data = {"topics": {"__scoped__": True, "data": {"a": 1}}}
    assert read(saver, "sns") == {"__ministack_format__": 3, "payload": data}
    assert not (saver.state_dir / "absent.json").exists()
    assert calls == []  # a child has called it
    assert one.due(saver.services) == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a child saves where the system can fork")
def test_what_cannot_be_saved_is_said_and_tried_again_and_the_rest_is_saved(saver, capfd):
    def broken():
        raise RuntimeError("with a name in it")

    saver.services.update(broken=broken, sns=lambda: {"a": 1})
    one = run(saver, lambda one: one.service("broken").cost > 0)
    assert read(saver, "sns")["payload"] == {"a": 1}
    said = capfd.readouterr().err
    assert "could not be saved of: broken (RuntimeError)" in said
    assert "a name" not in said
    assert one.service("sns").saved > one.changed > one.service("broken").saved


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a child saves where the system can fork")
def test_a_child_that_hangs_is_ended(saver, monkeypatch):
    monkeypatch.setattr(saver, "LONGEST_SECONDS", 0.3)
    saver.services["hangs"] = lambda: time.sleep(600)
    one = run(saver, lambda one: one.child == 0 and one.service("hangs").cost > 0)
    assert one.changed > one.service("hangs").saved


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a child saves where the system can fork")
def test_a_big_service_does_not_keep_a_small_one_from_the_disk(saver):
    def big():
        end = time.process_time() + 0.4
        while time.process_time() < end:
            pass
        return {"a": 1}

    saver.services.update(big=big, small=lambda: {"a": 1})
    one = run(saver, lambda one: one.service("small").saved > one.changed and one.service("big").saved > one.changed)
    assert one.service("big").cost >= 0.3 > one.service("small").cost
    assert list(saver.services) == ["big", "small"]
    one.touch()
    first = one.changed
    time.sleep(saver.QUIET_SECONDS)
    assert one.due(saver.services) == ["small"]  # the big one's turn comes after 25 times what it takes
    one.services["big"].begun -= 60
    assert sorted(one.due(saver.services)) == ["big", "small"]
    assert one.changed == first


def test_the_last_save_takes_the_place_of_the_emulators_own(saver):
    saver.services["sns"] = lambda: {"a": 2}
    saver.Saver().last()
    assert read(saver, "sns")["payload"] == {"a": 2}
    assert saver.app.PERSIST_STATE is False
