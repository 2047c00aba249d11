"""What a server has left of a batch that is submitted again and again: processes, descriptors, temporary folders, memory."""

import collections
import json
import os
import pathlib
import re
import subprocess
import time

from bench.measure import adopt, sweep
from bench.memory import below
from bench.place import settings

KINDS = ("processes", "descriptors", "folders")
#: Settings of pytest's that go along with tests.
SETTINGS = ("pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg")
#: Longest time for one Testrun, in seconds.
BOUND = 900
#: What has not changed for so long stays: processes that are forked ahead of need are there by then.
STILL = 3
#: How long what is left of a Testrun may take to go: of the last one, and of those before, where it decides nothing.
PATIENCE, GLANCE = 30, 3


class Leaked(Exception):
    """More is left than after the second Testrun."""


def scratch(folder):
    """The environment of a server whose temporary folders are its own, so that no other program's are counted."""
    own = pathlib.Path(folder) / "tmp"
    own.mkdir()
    return settings(TMPDIR=str(own))


def repeat(server, program, batch, times):
    """Submits a batch so often, each when the one before has ended. Raises `Leaked`."""
    # What leaves the server and goes on is ours from then on, and is counted.
    adopt()
    kept = first = None
    print(f"{batch.name:<10} processes  descriptors  folders      MiB", flush=True)
    for number in range(1, times + 1):
        submit(server, program, batch)
        if number <= 2:
            # The first one opens what stays open.
            left = kept = at_rest(server)
        else:
            left = gone(server, kept, PATIENCE if number == times else GLANCE)
        memory = server.pss()
        first = first or memory
        counts = [left[kind].total() for kind in KINDS]
        print(f"{number:>10} {counts[0]:>9}  {counts[1]:>11}  {counts[2]:>7}  {memory:>7.1f}", flush=True)
    print(f"{batch.name}: memory {first:.1f} MiB after the first, {memory:.1f} MiB after the last", flush=True)
    if more := exceeding(left, kept):
        raise Leaked("\n".join(f"{batch.name}: {told(kind, kept[kind], left[kind])}" for kind in more))


def ended(batch):
    """To be called when the server has ended, with which all ends. Raises `Leaked`."""
    if left := sweep():
        raise Leaked(f"{batch.name}: {left} processes were there after the server's end, and were killed")


def submit(server, program, batch):
    """One Testrun by HTTP, to its end."""
    paths = [name for name in SETTINGS if batch.paths != (".",) and (batch.folder / name).exists()]
    command = [program, "--data-dir", server.data, "submit", "--wait", "--format", "json", *paths, *batch.paths]
    done = subprocess.run(
        list(map(str, command)), cwd=batch.folder, env=settings(), timeout=BOUND,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace",
    )  # fmt: skip
    if done.returncode not in batch.codes:
        raise SystemExit(f"{batch.name}: the Testrun ended with {done.returncode}: {done.stderr.strip()[-1500:]}")
    ran = json.loads(done.stdout.splitlines()[-1])["testrun"]["counts"]["files"]["total"]
    if ran != len(batch.files):
        raise SystemExit(f"{batch.name}: {ran} test files were run, not {len(batch.files)}")


def at_rest(server):
    """What is left when it no longer changes."""
    end, since, left = time.monotonic() + PATIENCE, time.monotonic(), look(server)
    while time.monotonic() < min(end, since + STILL):
        time.sleep(0.1)
        now = look(server)
        if now != left:
            since, left = time.monotonic(), now
    return left


def gone(server, kept, patience):
    """What is left when it is no more than was kept, or patience is at its end."""
    end = time.monotonic() + patience
    while exceeding(left := look(server), kept) and time.monotonic() < end:
        time.sleep(0.1)
    return left


def exceeding(left, kept):
    return [kind for kind in KINDS if left[kind].total() > kept[kind].total()]


def look(server):
    """What there is, by kind and name."""
    reap(server)
    pid = server.process.pid
    # What tests themselves leave there is not the server's.
    folders = (server.folder / "tmp").glob("testrunner-*")
    return {
        "processes": collections.Counter(filter(None, map(command_of, below()))),
        "descriptors": collections.Counter(filter(None, map(target_of, pathlib.Path(f"/proc/{pid}/fd").iterdir()))),
        # Without the end, which is random.
        "folders": collections.Counter(path.name.rpartition("-")[0] for path in folders),
    }


def reap(server):
    """Lets those go that came to us and have ended."""
    for pid in below():
        if pid != server.process.pid:
            try:
                os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                # Somebody else's.
                pass


def command_of(pid):
    try:
        words = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return None
    # One that has ended and was not waited for has none.
    return nameless(b" ".join(words).decode(errors="replace").strip()) or "zombie"


def target_of(descriptor):
    try:
        return nameless(os.readlink(descriptor))
    except OSError:
        return None


def nameless(text):
    """Without numbers, so that two of the same kind are the same."""
    return re.sub(r"\d+", "N", text)


def told(kind, kept, left):
    new = ", ".join(f"{count} × {name[:160]}" for name, count in (left - kept).most_common(8))
    return f"{kept.total()} {kind} after the second Testrun, {left.total()} after the last: {new}"
