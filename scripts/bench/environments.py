"""Python environments of the peers, below target/bench, built once."""

import hashlib
import json
import shutil
import subprocess
import sys

import parity
from bench.place import HOME, note, settings

XDIST = "pytest-xdist==3.8.0"
#: What each environment holds. Versions are fixed, so that figures of two days can be compared.
NEEDS = {
    "pytest": (parity.PYTEST, XDIST),
    "karva": (parity.PYTEST, "karva==0.0.1a13"),
    "rtest": (parity.PYTEST, "rtest==0.0.47"),
    "rustest": (parity.PYTEST, "rustest==0.18.0"),
}


class Unbuilt(Exception):
    """An environment could not be built."""


def environment(name, suite=None):
    """The Python of an environment; with what a known suite needs beside."""
    needs = list(NEEDS[name])
    if suite is not None:
        (project,) = (project for project in parity.PROJECTS if project.name == suite)
        needs += [*project.needs, str(parity.sources(project))]
    place = HOME / "environments" / (f"{name}-{suite}" if suite else name)
    python, ready = place / "bin" / "python", place / "bench-ready"
    digest = hashlib.sha256(json.dumps([sys.version, needs]).encode()).hexdigest()
    if not ready.exists() or ready.read_text() != digest:
        note(f"environment {place.name}: {' '.join(needs)}")
        shutil.rmtree(place, ignore_errors=True)
        command([sys.executable, "-m", "venv", place])
        command([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *needs])
        ready.write_text(digest)
    return python


def command(words):
    try:
        done = subprocess.run(
            words, env=settings(), timeout=600, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
    except subprocess.TimeoutExpired as error:
        raise Unbuilt(f"{' '.join(map(str, words))} did not end within 600 s") from error
    if done.returncode != 0:
        raise Unbuilt(f"{' '.join(map(str, words))}: {done.stdout.decode(errors='replace').strip()[-500:]}")


def versions(python):
    """Names and versions of what an environment holds."""
    text = subprocess.run(
        [python, "-m", "pip", "list", "--format", "json", "--disable-pip-version-check"], env=settings(), stdout=subprocess.PIPE
    ).stdout
    return {one["name"]: one["version"] for one in json.loads(text or b"[]")}
