"""Owns the one warm JVM with Spark and Hudi in it; scripts of job runs join it (spark_attach.py).

Speaks JSON with the supervisor, a line a message: settings and commands come in on stdin, answers and news go out on
stdout. The JVM's own output goes where stderr goes.
"""

import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time

from catalog_http import announce, array
from lifeline import end_group
from spark_attach import PREFIX, job_tag

# A task that runs code which cannot be interrupted would hold up its run's end for ever.
LONGEST_END = 60.0
# -XX:+ExitOnOutOfMemoryError
HOW = {3: "it ran out of memory"}
TELL = threading.Lock()
LIBC = ctypes.CDLL(None)


def tell(**message) -> None:
    with TELL:
        sys.stdout.write(json.dumps(message) + "\n")
        sys.stdout.flush()


def die_with_us(command, preexec_fn=None, **options):
    """Popen for the JVM: on Linux it gets KILL when we end, however we end. (It also watches its stdin, once it is up.)"""

    def prepare() -> None:
        preexec_fn()
        if sys.platform == "linux":
            LIBC.prctl(1, signal.SIGKILL)

    return subprocess.Popen(command, preexec_fn=prepare, **options)


class Owner:
    def __init__(self, conf: dict) -> None:
        from pyspark import SparkConf, SparkContext
        from pyspark import java_gateway
        from pyspark.java_gateway import launch_gateway
        from pyspark.sql import SparkSession

        settings = SparkConf(loadDefaults=False)
        for key, value in conf.items():
            settings.set(key, value)
        java_gateway.Popen = die_with_us
        # Its output must not mix with our messages.
        gateway = launch_gateway(settings, {"stdout": sys.stderr, "stderr": sys.stderr})
        self.process = gateway.proc
        threading.Thread(target=self.end_with_jvm, daemon=True).start()
        self.spark = SparkSession(SparkContext(conf=settings, gateway=gateway))
        self.jvm = gateway.jvm
        self.context = self.spark.sparkContext._jsc.sc()
        self.close_ports()
        self.own_http = False
        self.use_own_http()
        tell(
            event="ready",
            pid=self.process.pid,
            port=gateway.java_parameters.port,
            secret=gateway.java_parameters.auth_token,
        )

    def end_with_jvm(self) -> None:
        code = self.process.wait()
        tell(event="ended", how=HOW.get(code, f"exit code {code}" if code >= 0 else f"signal {-code}"))
        end_group()

    def close_ports(self) -> None:
        """Driver and block manager listen for executors on other machines, and there are none: in local mode Spark calls
        itself without its ports. What is left of the JVM's is Py4J's, which answers nobody without its secret.
        """
        env = self.jvm.org.apache.spark.SparkEnv.get()
        for holder in (env.rpcEnv(), env.blockManager().blockTransferService()):
            for field in holder.getClass().getDeclaredFields():
                if field.getType().getName() == "org.apache.spark.network.server.TransportServer":
                    field.setAccessible(True)
                    field.get(holder).close()

    def use_own_http(self) -> None:
        """Compiles and announces the HTTP client of the catalog sync. Without it the SDK's own serves, more slowly and for nobody's role."""
        try:
            announce(self.spark.sparkContext._gateway)
            self.own_http = True
        except Exception as error:
            print(f"the catalog sync keeps the SDK's HTTP client: {error}", file=sys.stderr, flush=True)

    def warm(self, folder: str, s3: str) -> None:
        """A throw-away Hudi table: the first write of a JVM takes seconds, and no user should wait for it."""
        started = time.monotonic()
        try:
            frame = self.spark.range(8).selectExpr("id", "cast(id as string) as text", "1 as ordering")
            for _ in range(2):
                (
                    frame.write.format("hudi")
                    .option("hoodie.table.name", "warm")
                    .option("hoodie.datasource.write.recordkey.field", "id")
                    .option("hoodie.datasource.write.precombine.field", "ordering")
                    .option("hoodie.datasource.write.operation", "upsert")
                    .option("hoodie.upsert.shuffle.parallelism", "2")
                    .mode("append")
                    .save(f"file://{folder}/table")
                )
            self.spark.read.format("hudi").load(f"file://{folder}/table").count()
            self.touch(s3)
            self.touch_catalog(frame, folder)
        except Exception as error:
            print(f"warming up failed: {error}", file=sys.stderr, flush=True)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        tell(event="warm", seconds=round(time.monotonic() - started, 2))

    def touch(self, s3: str) -> None:
        """Loads the S3 client; that there is no such bucket is as well."""
        try:
            path = self.jvm.org.apache.hadoop.fs.Path(s3)
            path.getFileSystem(self.spark.sparkContext._jsc.hadoopConfiguration()).exists(path)
        except Exception as error:
            if "UnknownStoreException" not in str(error):
                raise

    def touch_catalog(self, frame, folder: str) -> None:
        """Loads the catalog sync: it asks for a database that is not there, and must not make it."""
        try:
            (
                frame.write.format("hudi")
                .option("hoodie.table.name", "warm")
                .option("hoodie.datasource.write.recordkey.field", "id")
                .option("hoodie.datasource.write.precombine.field", "ordering")
                .option("hoodie.datasource.hive_sync.enable", "true")
                .option("hoodie.datasource.hive_sync.mode", "hms")
                .option("hoodie.datasource.hive_sync.auto_create_database", "false")
                .option("hoodie.datasource.hive_sync.database", "metriccare_warm")
                .option("hoodie.datasource.hive_sync.table", "warm")
                .mode("append")
                .save(f"file://{folder}/table")
            )
        except Exception as error:
            if "metriccare_warm" not in str(error) and "sync" not in str(error):
                raise

    def end_run(self, run: str) -> None:
        """Ends what a run left in the JVM. Its script is dead: a thread in the JVM ends with the call it is in."""
        tag, prefix = job_tag(run), f"{PREFIX}{run}:"
        until = time.monotonic() + LONGEST_END
        while True:
            self.context.cancelJobsWithTag(tag)
            threads = self.threads_of(prefix)
            for thread in threads:
                # Cancelling alone lets a Hudi write go on to its commit.
                thread.interrupt()
            if not threads and not self.has_tasks(tag):
                break
            if time.monotonic() > until:
                # Better to lose the JVM than to call a run ended that may still write.
                print(f"the run {run} cannot be ended; the JVM is", file=sys.stderr, flush=True)
                end_group()
            time.sleep(0.03)
        if self.own_http:
            self.jvm.metriccare.CatalogHttp.forget(run)
        self.stop_workers(run)

    def has_tasks(self, tag: str) -> bool:
        """Whether tasks with the tag are in the scheduler: cancelled ones stay in it until they have really ended."""
        scheduler = self.context.taskScheduler()
        field = scheduler.getClass().getDeclaredField("taskSetsByStageIdAndAttempt")
        field.setAccessible(True)
        stages = field.get(scheduler).values().toList()
        for i in range(stages.length()):
            attempts = stages.apply(i).values().toList()
            for k in range(attempts.length()):
                tags = attempts.apply(k).taskSet().properties().getProperty("spark.job.tags")
                if tag in (tags or "").split(","):
                    return True
        return False

    def threads_of(self, prefix: str) -> list:
        group = self.jvm.java.lang.Thread.currentThread().getThreadGroup()
        found = self.jvm.java.lang.reflect.Array.newInstance(
            self.jvm.java.lang.Class.forName("java.lang.Thread"), group.activeCount() * 2 + 16
        )
        count = group.enumerate(found)
        return [thread for thread in (found[i] for i in range(count)) if thread.getName().startswith(prefix)]

    def stop_workers(self, run: str) -> None:
        """Python workers of a run hold its credentials in their environment: they are of no use to another."""
        env = self.jvm.org.apache.spark.SparkEnv.get()
        field = env.getClass().getDeclaredField("pythonWorkers")
        field.setAccessible(True)
        factories = field.get(env)
        keys = factories.keys().toList()
        for i in range(keys.length()):
            key = keys.apply(i)
            name = key._2().get("METRICCARE_RUN")
            if name.isDefined() and name.get() == run:
                factory = factories.remove(key)
                if factory.isDefined():
                    self.end_factory(factory.get())

    def end_factory(self, factory) -> None:
        """Stops the process that forks the Python workers, and sees them all gone."""
        field = factory.getClass().getDeclaredField("daemon")
        field.setAccessible(True)
        daemon = field.get(factory)
        factory.stop()
        if daemon is None:
            return
        # Asked through the public class: the process's own one is not for us.
        java = self.jvm.java.lang
        gateway = self.spark.sparkContext._gateway
        pid = java.Class.forName("java.lang.Process").getMethod("pid", array(gateway, java.Class, [])).invoke(
            daemon, array(gateway, java.Object, [])
        )
        try:
            # It leads a process group with its workers; the JVM buries it.
            while True:
                os.killpg(pid, signal.SIGKILL)
                time.sleep(0.01)
        except (ProcessLookupError, PermissionError):
            pass


def serve(owner: Owner, message: dict) -> None:
    try:
        if message["command"] == "end":
            owner.end_run(message["run"])
        tell(answer=message["id"])
    except Exception as error:
        tell(answer=message["id"], error=f"{type(error).__name__}: {error}")


def main() -> None:
    if sys.platform == "linux":
        LIBC.prctl(1, signal.SIGKILL)
    settings = json.loads(sys.stdin.readline())
    signal.signal(signal.SIGTERM, lambda *_: end_group())
    started = threading.Event()
    box = {}

    def read() -> None:
        for line in sys.stdin:
            message = json.loads(line)
            started.wait()
            threading.Thread(target=serve, args=(box["owner"], message), daemon=True).start()
        # The supervisor is gone, or wants us gone. Nothing in here is worth saving.
        end_group()

    threading.Thread(target=read, daemon=True).start()
    box["owner"] = Owner(settings["conf"])
    started.set()
    box["owner"].warm(settings["warmFolder"], settings["warmS3"])
    threading.Event().wait()


if __name__ == "__main__":
    main()
