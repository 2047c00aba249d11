"""The child: becomes, as far as tests can see, the process of `pytest FILE`."""

import io
import os
import signal
import sys
import types

from testrunner_runtime import channel, preload, processes

#: Kept, because functions of a module whose last reference goes lose their globals.
_SUPERVISOR = sys.modules.get("__main__")


def run(job, descriptors, keeper):
    """Runs pytest in this freshly forked process. Leaves by `SystemExit` only."""
    results, out, err = descriptors
    os.setsid()
    processes.die_with_parent()
    if os.getppid() != keeper:
        os._exit(1)
    os.dup2(out, 1)
    os.dup2(err, 2)
    os.close(out)
    os.close(err)
    # Whoever started us may ignore it, as shells do for programs in the background.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _open_output()
    _become_pytest(job["args"])
    os.environ.update(job["env"])
    link = channel.Channel(results)
    try:
        import pytest

        from testrunner_runtime import plugin
    except Exception:
        import traceback

        link.send({"t": "internal", "text": traceback.format_exc()})
        sys.exit(3)
    reporter = plugin.Reporter(link, job["file"])
    status = int(pytest.main(job["args"], plugins=[reporter]))
    reporter.closed(status)
    sys.exit(status)


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


def _become_pytest(args):
    """Sets `sys.argv` and `__main__` to what the `pytest` command has; the zygote has set `sys.path`."""
    script = preload.script()
    main = types.ModuleType("__main__")
    if os.path.isfile(script):
        # For multiprocessing, which imports this file in the processes that it starts.
        main.__file__ = script
    main.__builtins__ = __builtins__
    sys.argv = [script, *args]
    sys.modules["__main__"] = main
