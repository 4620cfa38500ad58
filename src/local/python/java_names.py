"""Remembers what a name in the JVM stands for.

PySpark asks for `functions` anew with each function of a query, and Py4J looks for it in every package that was imported:
each miss is a search through the three hundred jars of the class path and an exception. That was a twentieth of a job's time in
the JVM. Classes stay what they are; a package is remembered where its name looks like one.
"""


def remember() -> None:
    from py4j.java_gateway import JavaClass, JavaPackage, JVMView

    for owner in (JVMView, JavaPackage):
        owner.__getattr__ = _remembering(owner.__getattr__, JavaClass, JavaPackage)


def _remembering(ask, java_class, java_package):
    def __getattr__(self, name):
        found = ask(self, name)
        if isinstance(found, java_class) or (isinstance(found, java_package) and name[:1].islower()):
            # What an object has of its own is not asked for again.
            self.__dict__[name] = found
        return found

    return __getattr__
