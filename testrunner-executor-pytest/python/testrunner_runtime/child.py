"""The child: becomes, as far as tests can see, the process of `pytest FILE`."""

import atexit
import gc
import io
import os
import signal
import sys
import threading
import traceback
import types

from testrunner_runtime import channel, preload, processes

#: Kept, because functions of a module whose last reference goes lose their globals.
_SUPERVISOR = sys.modules.get("__main__")


def prepare():
    """Makes this process look like that of the `pytest` command, as far as no file is needed for it."""
    _open_output()
    _become_pytest()


def become(job, descriptors, keeper, line):
    """Makes this freshly forked process that of the `pytest` command. Returns what `run` takes."""
    gc.enable()
    os.setsid()
    processes.die_with_parent()
    if os.getppid() != keeper:
        os._exit(1)
    # Whoever started us may ignore it, as shells do for programs in the background.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    return (job, *take(job, descriptors), line)


def take(job, descriptors):
    """Makes a file that of this process. Returns its channel, and what says on it how pytest has ended."""
    results, out, err = descriptors
    os.dup2(out, 1)
    os.dup2(err, 2)
    preload.set_arguments(command_line(job))
    os.environ.update(job["env"])
    # Where there is a folder, pytest's cache writes no files that explain it.
    os.makedirs(job["env"]["TESTRUNNER_CACHE"], exist_ok=True)
    return channel.connect(results, out, err)


def run(job, link, close, line):
    """Runs pytest from its beginning, and leaves."""
    try:
        import pytest

        from testrunner_runtime import mount

        plugins, mine = mount.mount(job, link, close, line)
    except Exception:
        link.send({"t": "internal", "text": traceback.format_exc()})
        sys.exit(3)
    status = int(pytest.main(command_line(job), plugins=plugins))
    finish(mine, status)


def command_line(job):
    return [*job["args"], job["arg"]]


def finish(mine, status):
    """Leaves when pytest has ended by itself."""
    if mine:
        close, reporter = mine
        reporter.say_why(status)
        close(status)
    _end_interpreter(status)


def _end_interpreter(status):
    """As the interpreter ends, but for taking apart what is in memory: most is shared, and would be copied."""
    wait = getattr(threading, "_shutdown", None)
    run = getattr(atexit, "_run_exitfuncs", None)
    if wait is None or run is None:
        sys.exit(status)
    # Threads that are no daemons are waited for.
    for last in (wait, run, sys.stdout.flush, sys.stderr.flush):
        try:
            last()
        except BaseException:
            # It makes no difference there either.
            traceback.print_exc()
    os._exit(status)


class _Unbuffered(io.BufferedWriter):
    """What a test has written must not die with it. Whole writes, which a raw file does not promise."""

    def write(self, data):
        written = super().write(data)
        self.flush()
        return written


def _open_output():
    """Standard output as pytest's capture offers it: UTF-8, written at once, never failing to encode."""
    for name, descriptor in (("stdout", 1), ("stderr", 2)):
        raw = io.FileIO(descriptor, "w", closefd=False)
        raw.name = "<%s>" % name
        text = io.TextIOWrapper(
            _Unbuffered(raw), encoding="utf-8", errors="backslashreplace", newline="\n", write_through=True
        )
        text.mode = "w"
        setattr(sys, name, text)
        setattr(sys, "__%s__" % name, text)


def _become_pytest():
    """Sets `__main__` to what the `pytest` command has; `sys.path` is set where pytest is imported."""
    script = preload.script()
    main = types.ModuleType("__main__")
    if os.path.isfile(script):
        # For multiprocessing, which imports this file in the processes that it starts.
        main.__file__ = script
    main.__builtins__ = __builtins__
    sys.modules["__main__"] = main
