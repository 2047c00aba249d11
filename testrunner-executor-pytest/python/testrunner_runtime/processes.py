"""Finding and killing all processes below this one, whatever they did to hide."""

import os
import signal
import time

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
#: Most processes named to the runner, and the longest name.
NAMED, NAME_CHARS = 20, 200
#: What multiprocessing starts to clean up after all of its processes: no leak, but kept alive by one.
HELPER = b"from multiprocessing.resource_tracker import main"


def _find_prctl():
    try:
        import ctypes

        return ctypes.CDLL(None).prctl
    except (ImportError, OSError, AttributeError):
        return None


#: Calls prctl(2). None where Python was built without ctypes.
_prctl = _find_prctl()


def prctl(option, value):
    """Calls prctl(2), where it can."""
    if _prctl is not None:
        _prctl(option, value, 0, 0, 0)


def become_subreaper():
    """Orphans below us become our children, also those that left their session."""
    prctl(PR_SET_CHILD_SUBREAPER, 1)


def die_with_parent():
    """Asks the kernel to kill this process when its parent dies."""
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def default_signals():
    """What whoever started the runner ignores or blocks (`nohup` does, and shells in the background) is not the tests'."""
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    # Python ignores these itself.
    for number in signal.valid_signals() - {signal.SIGPIPE, signal.SIGXFSZ}:
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)


def watch_children():
    """A pipe, both ends, of which the first can be read when a child has ended."""
    wake, waker = os.pipe()
    os.set_blocking(wake, False)
    os.set_blocking(waker, False)
    signal.set_wakeup_fd(waker)
    # A handler, because only a handled signal wakes.
    signal.signal(signal.SIGCHLD, lambda *_: None)
    return wake, waker


def drain(wake):
    try:
        os.read(wake, 4096)
    except BlockingIOError:
        pass


def forget_children(wake, waker):
    """In a fork: children of its parent are no business of its own."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.close(wake)
    os.close(waker)


def reap_any(note=None):
    """Takes the status of all that has ended, and notes it. Tells whether there is still a process below this one."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return False
        if pid == 0:
            return True
        if note is not None:
            note(pid, status)


def has_threads():
    """Whether this process has other threads than this one, of Python or not."""
    try:
        return len(os.listdir("/proc/self/task")) > 1
    except OSError:
        return True


def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except OSError:
        pass


def kill_all(timeout, reap):
    """Kills everything below this process and returns what it was.

    `reap` takes the status of ended children and tells whether any is left. A process hands its children
    on before it can be reaped, so no child left means nobody left.
    """
    found = {}
    end = time.monotonic() + timeout
    while reap():
        for pid in descendants():
            if pid not in found:
                found[pid] = _name(pid)
            kill(pid)
        if time.monotonic() > end:
            break
        time.sleep(0.001)
    alive = set(descendants()) if time.monotonic() > end else ()
    found = {pid: name for pid, name in found.items() if name is not None}
    named = sorted(found.items())[:NAMED]
    leaked = [{"pid": pid, "cmd": name, "alive": pid in alive} for pid, name in named]
    if len(found) > NAMED:
        leaked.append({"pid": 0, "cmd": "and %d more" % (len(found) - NAMED), "alive": False})
    return leaked


def has_others(known):
    """Whether there are children but these, if the kernel tells."""
    try:
        with open("/proc/thread-self/children") as children:
            return not known.issuperset(map(int, children.read().split()))
    except OSError:
        return True


def descendants(spare=()):
    """All living processes below this one, by what /proc says of parents; not those to spare or below them."""
    children = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            parent, state = _parent(entry)
            if state not in (None, "X"):
                # Also the dead ones: a thread of it or its children may not be.
                children.setdefault(parent, []).append(int(entry))
    found, todo = [], list(children.get(os.getpid(), ()))
    while todo:
        pid = todo.pop()
        if pid in spare:
            continue
        found.append(pid)
        todo.extend(children.get(pid, ()))
    return [pid for pid in found if _parent(str(pid))[1] not in (None, "Z", "X")]


def _parent(pid):
    try:
        with open("/proc/%s/stat" % pid, "rb") as stat:
            # The name is in brackets and may contain anything, brackets too.
            state, parent = stat.read().rpartition(b")")[2].split()[:2]
    except (OSError, ValueError):
        return None, None
    return int(parent), state.decode()


def _name(pid):
    command = _command(pid)
    if HELPER in command:
        # It would have ended with the last of those that it serves.
        return None
    if not command and not _has_memory(pid):
        # It has just ended, by itself.
        return None
    if command and command == _command(os.getpid()):
        return "a fork of the test process"
    words = command.replace(b"\0", b" ").decode("utf-8", "replace").strip()
    if len(words) > NAME_CHARS:
        words = words[:NAME_CHARS] + "…"
    return words or "?"


def _has_memory(pid):
    """What ends gives up its memory first, and then becomes a zombie."""
    try:
        with open("/proc/%d/statm" % pid, "rb") as statm:
            return not statm.read().startswith(b"0 ")
    except OSError:
        return False


def _command(pid):
    try:
        with open("/proc/%d/cmdline" % pid, "rb") as cmdline:
            return cmdline.read(4096)
    except OSError:
        return b""
