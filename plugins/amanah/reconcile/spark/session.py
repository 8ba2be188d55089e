"""A Spark session that leaves nothing of a record behind: no event log, no web page, private folders, encrypted spills.

Where it runs, and with how much memory, is said where Spark's users say it: in ``spark-defaults.conf`` of the folder
that ``SPARK_CONF_DIR`` names. Where nobody has set Spark up, it runs on all cores of this machine and on loopback only.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from amanah.reconcile.errors import ReconcileError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

OLDEST_JAVA = 17
_JAVAS = "/usr/lib/jvm/*/bin/java"  # where Linux distributions put it
_TASKS_A_CORE = 2

_SET_UP = ("SPARK_CONF_DIR", "SPARK_HOME", "PYSPARK_SUBMIT_ARGS")
_THIS_MACHINE = {"spark.master": "local[*]"}

# What no configuration of the cluster may undo.
_PRIVATE = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.eventLog.enabled": "false",
    "spark.io.encryption.enabled": "true",  # what spills to disk cannot be read, even where a run was killed
    "spark.log.level": "FATAL",  # what it says of a failed task may quote a record
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "65536",
    # No limit by bytes: for each row that it adds Spark would measure the whole batch again, once a column is a list.
    "spark.sql.execution.arrow.maxBytesPerBatch": str(2**31 - 1),
    "spark.driver.maxResultSize": "0",
}


class SparkUnavailable(ReconcileError):
    """Spark cannot run here; the text says what to do."""


@contextmanager
def session(settings: Mapping[str, str] | None = None) -> Iterator["SparkSession"]:
    """The session that is active, else one of our own, with ``settings`` beside those of the configuration.

    Raises ``SparkUnavailable`` where the extra or Java is missing.
    """
    os.environ["JAVA_HOME"] = str(java_home())
    try:
        from pyspark.sql import SparkSession  # noqa: PLC0415 - an extra, and slow to load
    except ImportError:
        raise SparkUnavailable(
            "Spark is not installed; in the project's folder: "
            ".venv/bin/pip install --constraint requirements-dev.txt --editable '.[spark]', or leave out --engine spark"
        ) from None
    if (active := SparkSession.getActiveSession()) is not None:
        yield active
        return
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    where = {} if any(name in os.environ for name in _SET_UP) else _THIS_MACHINE
    if where:
        os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    warnings.filterwarnings("ignore", message="PySpark does not yet fully support pandas")  # none is used here
    with tempfile.TemporaryDirectory(prefix="amanah-spark-") as private:
        builder = SparkSession.builder.appName("amanah reconcile")
        folders = {"spark.local.dir": private, "spark.sql.warehouse.dir": f"{private}/warehouse"}
        for name, value in {**where, **folders, **_PRIVATE, **(settings or {})}.items():
            builder = builder.config(name, value)
        spark = builder.getOrCreate()
        if not spark.sparkContext.getConf().contains("spark.sql.shuffle.partitions"):
            partitions = _TASKS_A_CORE * spark.sparkContext.defaultParallelism
            spark.conf.set("spark.sql.shuffle.partitions", str(partitions))
        try:
            yield spark
        finally:
            spark.stop()


def java_home() -> Path:
    """The folder of a Java that Spark can run on: of ``JAVA_HOME``, of the ``PATH``, or where systems put it.

    Raises ``SparkUnavailable`` when there is none.
    """
    said = os.environ.get("JAVA_HOME")
    on_path = shutil.which("java")
    places = [Path(said, "bin", "java")] if said else [Path(on_path)] if on_path else []
    places += [] if said else sorted(Path("/").glob(_JAVAS.lstrip("/")))
    for java in places:
        if (version(java) or 0) >= OLDEST_JAVA:
            return java.resolve().parent.parent
    where = f"JAVA_HOME={said} holds none" if said else "none is on the PATH or in /usr/lib/jvm"
    raise SparkUnavailable(
        f"Spark needs Java {OLDEST_JAVA} or newer, and {where}; install it (default-jre-headless on Debian) or set "
        "JAVA_HOME, or leave out --engine spark"
    )


def version(java: Path) -> int | None:
    """The main version of a ``java`` program; None when it is not there, or does not say."""
    if not java.is_file():
        return None
    answer = subprocess.run([str(java), "-version"], capture_output=True, text=True, check=False)  # noqa: S603
    found = re.search(r'version "(\d+)', answer.stderr)
    return int(found[1]) if found else None
