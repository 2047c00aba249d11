"""What was measured, and on what: without it a figure means nothing."""

import os
import pathlib
import platform
import sqlite3
import subprocess
import time

from bench.environments import NEEDS, versions
from bench.place import HOME, ROOT


def describe(program):
    """Machine and versions."""
    return {
        "when": time.strftime("%Y-%m-%d %H:%M:%S %Z"),
        "processors": os.cpu_count(),
        "processor": first("/proc/cpuinfo", "model name"),
        "memory_mb": int(first("/proc/meminfo", "MemTotal").split()[0]) // 1024,
        "kernel": platform.release(),
        "python": platform.python_version(),
        "python_sqlite": sqlite3.sqlite_version,
        "testrunner": said([program, "--version"]),
        "commit": said(["git", "-C", ROOT, "rev-parse", "--short=12", "HEAD"]),
        "changed_files": len(said(["git", "-C", ROOT, "status", "--porcelain"]).splitlines()),
        "rustc": said(["rustc", "--version"]),
        "postgres": said(["psql", "--version"]),
        "packages": {name: versions(python) for name, python in pythons().items()},
    }


def load():
    """How busy the machine is: the averages of 1, 5 and 15 minutes, and who else runs."""
    one, five, fifteen, running, _ = pathlib.Path("/proc/loadavg").read_text().split()
    return {"1min": float(one), "5min": float(five), "15min": float(fifteen), "running": running}


def pythons():
    places = {name: HOME / "environments" / name / "bin" / "python" for name in NEEDS}
    return {name: python for name, python in places.items() if python.exists()}


def first(file, name):
    lines = pathlib.Path(file).read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "0")


def said(command):
    try:
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout.strip()
    except OSError:
        return ""
