"""Makes pyspark in this process join the warm JVM instead of starting one of its own.

Each script gets a session of its own in the JVM's one SparkContext; its `stop()` ends nothing but itself; its Spark
jobs and its threads in the JVM carry the run's name, so that the owner can end exactly these. Static settings are
those of the JVM. Written for the pinned pyspark 3.5.4.
"""

import threading

import java_names
import let_go

PREFIX = "metriccare:"


def job_tag(run: str) -> str:
    return f"metriccare-{run}"


class Attached:
    """What belongs to this script's run."""

    def __init__(self, settings: dict) -> None:
        self.run = settings["run"]
        self.conf = dict(settings.get("conf", {}))
        # What the script's own SparkConf adds, until its context is stopped.
        self.context_conf = {}
        self.worker_env = dict(settings.get("workerEnv", {}))
        self.session = None
        self.marking = threading.local()
        self.count = 0

    def mark_thread(self) -> None:
        """Names the JVM's thread of the calling Python thread and tags the Spark jobs it will start."""
        from pyspark import SparkContext

        jvm = SparkContext._jvm
        if jvm is None or getattr(self.marking, "on", False):
            return
        self.marking.on = True
        try:
            self.count += 1
            jvm.java.lang.Thread.currentThread().setName(f"{PREFIX}{self.run}:{self.count}")
            context = jvm.org.apache.spark.SparkContext.getOrCreate()
            context.addJobTag(job_tag(self.run))
            context.setInterruptOnCancel(True)
            # A pool of its own: the scripts share the cores fairly, whoever came first.
            context.setLocalProperty("spark.scheduler.pool", self.run)
            if self.session is not None:
                jvm.SparkSession.setActiveSession(self.session)
        finally:
            self.marking.on = False


def install(settings: dict) -> None:
    attached = Attached(settings)
    java_names.remember()
    let_go.at_the_end()
    patch_threads(attached)
    patch_context(attached)
    patch_session(attached)
    import glue_calls
    import glue_tables

    glue_calls.install(glue_tables.GlueTables(settings["lock"]))


def patch_threads(attached: Attached) -> None:
    from py4j.clientserver import JavaClient

    connect = JavaClient._create_new_connection

    def _create_new_connection(self):
        connection = connect(self)
        attached.mark_thread()
        try:
            # The marking put it back into the pool; the caller is about to use it.
            self.deque.remove(connection)
        except ValueError:
            pass
        return connection

    JavaClient._create_new_connection = _create_new_connection


def patch_context(attached: Attached) -> None:
    from pyspark import SparkContext

    ensure = SparkContext._ensure_initialized.__func__
    initialize = SparkContext._do_init
    stop = SparkContext.stop

    def _ensure_initialized(cls, instance=None, gateway=None, conf=None):
        ensure(cls, instance, gateway, conf)
        # The first connection is made before there is anything to mark it with.
        attached.mark_thread()

    def _do_init(self, master, appName, sparkHome, pyFiles, environment, batchSize, serializer, conf, jsc, *profilers):
        attached.context_conf = {} if conf is None else wanted_settings(self._jvm, conf)
        environment = {**(environment or {}), **attached.worker_env}
        initialize(
            self, master or "local", appName or attached.run, sparkHome, pyFiles, environment, batchSize, serializer,
            None, jsc, *profilers,
        )  # fmt: skip

    def _initialize_context(self, jconf):
        return self._jvm.JavaSparkContext(self._jvm.org.apache.spark.SparkContext.getOrCreate())

    def _stop(self):
        # Not the JVM's: other scripts live in it.
        self._jsc = None
        stop(self)

    SparkContext._ensure_initialized = classmethod(_ensure_initialized)
    SparkContext._do_init = _do_init
    SparkContext._initialize_context = _initialize_context
    SparkContext.stop = _stop
    SparkContext.cancelAllJobs = lambda self: self._jsc.sc().cancelJobsWithTag(job_tag(attached.run))
    SparkContext.setLogLevel = lambda self, logLevel: None


def wanted_settings(jvm, conf) -> dict:
    """What a script's SparkConf says beyond what the JVM has."""
    present = jvm.org.apache.spark.SparkContext.getOrCreate().conf()
    wanted = {}
    for key, value in conf.getAll():
        if key.startswith("spark.hadoop.") or key in ("spark.master", "spark.app.name"):
            continue
        if not present.contains(key) or present.get(key) != value:
            wanted[key] = value
    return wanted


def speak_for(jvm, attached: Attached) -> None:
    """Hudi's catalog sync of this run goes under the run's own role."""
    try:
        names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
        jvm.metriccare.CatalogHttp.speakFor(attached.run, *(attached.worker_env.get(name, "") for name in names))
    except TypeError:
        pass  # the owner could not make the class, and has said so: the sync goes under the account's own key


def patch_session(attached: Attached) -> None:
    from pyspark.sql import SparkSession
    from pyspark.sql.context import SQLContext
    from pyspark.sql.session import _monkey_patch_RDD
    from pyspark.errors.exceptions.captured import install_exception_handler

    def apply(jvm, session, options) -> None:
        module = getattr(getattr(jvm, "SparkSession$"), "MODULE$")
        module.applyModifiableSettings(session, {key: str(value) for key, value in options.items()})

    def own_session(jvm):
        if attached.session is None:
            # The owner's stays the JVM's default session; nobody writes into its settings.
            attached.session = jvm.SparkSession.getDefaultSession().get().newSession()
            apply(jvm, attached.session, {**attached.conf, **attached.context_conf})
            speak_for(jvm, attached)
        return attached.session

    def __init__(self, sparkContext, jsparkSession=None, options={}):
        self._sc = sparkContext
        self._jsc = self._sc._jsc
        self._jvm = self._sc._jvm
        if jsparkSession is None:
            jsparkSession = own_session(self._jvm)
        apply(self._jvm, jsparkSession, options)
        self._jsparkSession = jsparkSession
        _monkey_patch_RDD(self)
        install_exception_handler()
        if SparkSession._instantiatedSession is None or SparkSession._instantiatedSession._sc._jsc is None:
            SparkSession._instantiatedSession = self
            SparkSession._activeSession = self
            self._jvm.SparkSession.setActiveSession(self._jsparkSession)

    def stop(self):
        self._sc.stop()
        self._jvm.SparkSession.clearActiveSession()
        attached.session = None
        SparkSession._instantiatedSession = None
        SparkSession._activeSession = None
        SQLContext._instantiatedContext = None

    SparkSession.__init__ = __init__
    SparkSession.stop = stop
