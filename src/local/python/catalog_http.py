"""Puts our HTTP client of Hudi's catalog sync (CatalogHttp.java) into a JVM that has Spark and the SDK on its class path."""

from pathlib import Path

SOURCE = Path(__file__).with_name("CatalogHttp.java")
SETTING = "software.amazon.awssdk.http.async.service.impl"


def announce(gateway) -> None:
    """Compiles it by Janino, which Spark carries, and names it to the SDK."""
    jvm, lang = gateway.jvm, gateway.jvm.java.lang
    loader = lang.ClassLoader.getSystemClassLoader()
    compiler = jvm.org.codehaus.janino.SimpleCompiler()
    compiler.setParentClassLoader(loader)
    compiler.setTargetVersion(8)
    compiler.cook(SOURCE.read_text(encoding="utf-8"))
    # Into the loader of the SDK's own classes, which looks for it by name.
    types = [lang.Class.forName("java.lang.String"), lang.Class.forName("[B"), lang.Integer.TYPE, lang.Integer.TYPE]
    define = lang.Class.forName("java.lang.ClassLoader").getDeclaredMethod("defineClass", array(gateway, lang.Class, types))
    define.setAccessible(True)
    for entry in compiler.getBytecodes().entrySet():
        code = entry.getValue()
        define.invoke(loader, array(gateway, lang.Object, [entry.getKey(), code, 0, len(code)]))
    lang.System.setProperty(SETTING, "metriccare.CatalogHttp")


def array(gateway, kind, values: list):
    """A Java array of that class."""
    made = gateway.new_array(kind, len(values))
    for index, value in enumerate(values):
        made[index] = value
    return made
