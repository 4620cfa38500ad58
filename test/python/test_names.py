"""What a name in the JVM stands for is asked once (src/local/python/java_names.py)."""

from types import SimpleNamespace

import java_names
import pytest
from py4j import java_gateway, protocol


class Client:
    """Answers as the JVM does, and counts."""

    ANSWERS = {"org": protocol.SUCCESS_PACKAGE, "org.spark": protocol.SUCCESS_PACKAGE, "Late": protocol.SUCCESS_PACKAGE}

    gateway_property = SimpleNamespace(pool=None)
    converters = None
    gateway_id = None

    def __init__(self):
        self.asked = []

    def send_command(self, command):
        _, _, name, *_ = command.splitlines()
        self.asked.append(name)
        return self.ANSWERS.get(name, f"{protocol.SUCCESS_CLASS}org.spark.{name}")


@pytest.fixture
def asked_once(monkeypatch):
    for owner in (java_gateway.JVMView, java_gateway.JavaPackage):
        monkeypatch.setattr(owner, "__getattr__", owner.__getattr__)
    java_names.remember()


def test_classes_and_packages_are_asked_for_once(asked_once):
    client = Client()
    view = java_gateway.JVMView(client, "default", id="rj")
    for _ in range(3):
        assert isinstance(view.functions, java_gateway.JavaClass)
        assert isinstance(view.org.spark, java_gateway.JavaPackage)
    assert client.asked == ["functions", "org", "org.spark"]


def test_what_looks_like_a_class_and_is_none_yet_is_asked_for_again(asked_once):
    client = Client()
    view = java_gateway.JVMView(client, "default", id="rj")
    for _ in range(2):
        assert isinstance(view.Late, java_gateway.JavaPackage)
    assert client.asked == ["Late", "Late"]
