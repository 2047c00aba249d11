"""One command: wall and processor seconds and memory of everything that it starts. Nothing of it is left afterwards."""

import ctypes
import dataclasses
import os
import pathlib
import resource
import select
import signal
import subprocess
import tempfile
import time

from bench.memory import Watch, below
from bench.place import settings

#: PR_SET_CHILD_SUBREAPER: what a command leaves behind comes to us, to be counted and killed.
SUBREAPER = 36
TICKS = os.sysconf("SC_CLK_TCK")


class Hung(Exception):
    """A command did not end within its bound; it was killed with all that it had started."""


class Wrong(Exception):
    """A command ended with a code which says that it did not do its work."""


@dataclasses.dataclass
class Run:
    """What one command took, and what it said."""

    code: int
    wall: float
    #: User and system seconds of all processes that were started.
    cpu: float
    #: Of the first process alone, without its children.
    own_cpu: float
    #: The most that all of them had together, in MB, each shared page counted once; with `watched` only.
    peak: float
    #: Processes that were still there after its end, and were killed.
    left: int
    output: str


def adopt():
    """Makes this process the parent of whatever its commands leave behind."""
    ctypes.CDLL(None, use_errno=True).prctl(SUBREAPER, 1, 0, 0, 0)


def run(command, folder, bound=900, codes=(0,), watched=False, **environment):
    """Runs a command to its end; only one at a time, so that whatever is left below this process is the command's."""
    before = used()
    with tempfile.TemporaryFile() as said:
        start = time.perf_counter()
        process = subprocess.Popen(
            list(map(str, command)), cwd=folder, env=settings(**environment), start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            with Watch(watched) as watch:
                ended = ends(process.pid, bound)
        except BaseException:
            # Interrupted: what was begun is not left behind either.
            kill_group(process.pid)
            process.wait()
            sweep()
            raise
        wall = time.perf_counter() - start
        # Still a zombie: its own times can be read, without those of its children.
        own = own_cpu(process.pid)
        if not ended:
            kill_group(process.pid)
        process.wait()
        left = sweep()
        said.seek(0)
        output = said.read().decode(errors="replace")
    if not ended:
        raise Hung(f"did not end within {bound:.0f} s and was killed")
    if codes is not None and process.returncode not in codes:
        shown = " ".join(map(str, command))[:300]
        raise Wrong(f"{shown} ended with {process.returncode}: {output.strip()[-1500:]}")
    return Run(process.returncode, wall, used() - before, own, watch.peak, left, output)


def ends(pid, bound):
    """Waits for the end of a child, without reaping it; whether it came in time."""
    descriptor = os.pidfd_open(pid)
    try:
        return bool(select.select([descriptor], [], [], bound)[0])
    finally:
        os.close(descriptor)


def own_cpu(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def used():
    """Processor seconds of all children that were waited for."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def kill_group(pid):
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def sweep():
    """Kills and reaps what is left below this process; how many it were, not counting those that had ended."""
    found = set()
    while left := below():
        for pid in left:
            try:
                # What has ended is only reaped.
                if os.waitpid(pid, os.WNOHANG) == (0, 0):
                    found.add(pid)
                    os.kill(pid, signal.SIGKILL)
                    os.waitpid(pid, 0)
            except ChildProcessError:
                # Somebody else's child: it comes to us when that one is gone.
                found.add(pid)
            except ProcessLookupError:
                pass
    return len(found)
