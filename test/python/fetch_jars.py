"""Fetch the Hudi jars with Ivy (pyspark brings it along) where the local runtime has not done so; checksums are the runtime's.

Usage: fetch_jars.py <list of jars> <folder>
"""

import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

import pyspark

IVY = Path(pyspark.__file__).parent / "jars" / "ivy-2.5.1.jar"


def wanted(listing):
    """(group, artifact, version, sha256) of every line."""
    for line in Path(listing).read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            coordinates, checksum = line.split()[:2]
            yield (*coordinates.split(":"), checksum)


def fetch(listing, folder):
    """All jars into the folder, each checked."""
    jars = list(wanted(listing))
    dependencies = "".join(
        f'<dependency org="{group}" name="{name}" rev="{version}" transitive="false" conf="default->master"/>'
        for group, name, version, _ in jars
    )
    with tempfile.TemporaryDirectory() as work:
        module = Path(work) / "ivy.xml"
        module.write_text(
            '<ivy-module version="2.0"><info organisation="metriccare" module="jars"/>'
            f'<configurations><conf name="default"/></configurations><dependencies>{dependencies}</dependencies></ivy-module>'
        )
        pattern = f"{folder}/[artifact]-[revision].[ext]"
        command = ["java", "-jar", str(IVY), "-cache", f"{work}/cache", "-ivy", str(module)]
        done = subprocess.run([*command, "-retrieve", pattern, "-types", "jar"], capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"the jars could not be fetched:\n{done.stdout[-2000:]}")
    for _, name, version, checksum in jars:
        data = (Path(folder) / f"{name}-{version}.jar").read_bytes()
        if hashlib.sha256(data).hexdigest() != checksum:
            sys.exit(f"{name}-{version}.jar is not the one of the list")


if __name__ == "__main__":
    fetch(*sys.argv[1:3])
