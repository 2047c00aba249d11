"""Memory of processes: PSS, so that a page that many share is counted once."""

import os
import pathlib
import threading

#: Between two looks, in seconds. Looking costs the machine something, so that times are taken in other runs.
EVERY = 0.02


class Watch:
    """Looks at all processes below this one, if it is to; `peak` is the most they had together, in MB."""

    def __init__(self, wanted):
        self.peak = 0.0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.look) if wanted else None

    def __enter__(self):
        if self.thread:
            self.thread.start()
        return self

    def __exit__(self, *_):
        if self.thread:
            self.over.set()
            self.thread.join()

    def look(self):
        while not self.over.wait(EVERY):
            self.peak = max(self.peak, tree(below()))


def tree(pids):
    """What these have together, in MB."""
    return sum(map(proportional, pids)) / 1024


def below(root=None):
    """All processes below this one, or below another."""
    root = os.getpid() if root is None else root
    children = {}
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            children.setdefault(int(stat.read_text().rpartition(")")[2].split()[1]), []).append(int(stat.parent.name))
        except (OSError, IndexError):
            continue
    found, left = set(), [root]
    while left:
        for pid in children.get(left.pop(), ()):
            if pid not in found:
                found.add(pid)
                left.append(pid)
    return found


def proportional(pid):
    """Its part of all pages that it has, in KiB; 0 when it has ended."""
    return field(f"/proc/{pid}/smaps_rollup", "Pss:")


def resident(pid):
    """All pages that it has, in KiB; 0 when it has ended."""
    return field(f"/proc/{pid}/status", "VmRSS:")


def field(file, name):
    try:
        lines = pathlib.Path(file).read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(name)), 0)
