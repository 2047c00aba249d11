"""The plugin: tells the runner what pytest does, as it happens."""

import collections
import hashlib
import os

import pytest

from testrunner_runtime import outcome
from testrunner_runtime.channel import shorten

#: Longest name of a case, in characters. Parameters make names of any length.
NAME = 1000
#: What is kept of pytest's own screen output, in characters.
SCREEN = 32 << 10
#: How pytest ends when it could not do its work: internal error, usage error.
TROUBLE = (3, 4)


class Screen:
    """Where pytest's own output goes: its last part is kept, to be shown when pytest itself fails."""

    def __init__(self):
        self._parts = collections.deque()
        self._size = 0

    def write(self, text):
        self._parts.append(text[-SCREEN:])
        self._size += len(self._parts[-1])
        while self._size - len(self._parts[0]) > SCREEN:
            self._size -= len(self._parts.popleft())
        return len(text)

    def flush(self):
        pass

    def isatty(self):
        return False

    def text(self):
        return "".join(self._parts)


class Reporter:
    def __init__(self, channel, file):
        self._channel = channel
        self._file = os.path.realpath(file)
        self._root = os.getcwd()
        self._screen = Screen()
        self._seen = collections.Counter()
        self._running = None
        self._phases = {}

    # Settings that make no sense for one file in one process.

    @pytest.hookimpl(hookwrapper=True)
    def pytest_cmdline_main(self, config):
        for option, off in (("numprocesses", 0), ("distload", False), ("looponfail", False), ("usepdb", False)):
            if hasattr(config.option, option):
                setattr(config.option, option, off)
        if not config.pluginmanager.hasplugin("cacheprovider"):
            # Our own setting of the cache's folder, which would now be an unknown one.
            settings = getattr(config, "_inicfg", None) or getattr(config, "inicfg", {})
            settings.pop("cache_dir", None)
        yield

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config):
        self._redirect(config)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session):
        # Again: plugins may have put a reporter of their own in place.
        self._redirect(session.config)
        self._root = str(session.config.rootpath)

    def _redirect(self, config):
        reporter = config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            from _pytest.config import create_terminal_writer

            reporter._tw = create_terminal_writer(config, self._screen)

    # Collection.

    def pytest_collectreport(self, report):
        if report.outcome == "passed":
            return
        result, message = outcome.single(report)
        result = "error" if result == "failed" else result
        path, _, rest = report.nodeid.partition("::")
        if not rest and os.path.realpath(os.path.join(self._root, path)) != self._file:
            # A folder or package above the file.
            rest = path
        case = "%s [collection]" % rest if rest else "[collection]"
        self._case("collection", case, result, 0, message, None)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session):
        self._channel.send({"t": "collected", "n": len(session.items)})

    # Tests.

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logstart(self, nodeid, location):
        self._finish()
        path, _, name = str(nodeid).partition("::")
        self._running = (self._name("test", name or path), _line(path, location))
        self._phases = {}
        case, line = self._running
        self._channel.boundary({"t": "start", "case": case, "line": line})

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report):
        if hasattr(report, "context") and type(report).__name__.lower() == "subtestreport":
            self._subtest(report)
        elif report.outcome in ("passed", "failed", "skipped"):
            if report.when == "setup":
                # Tried once more by a plugin: only the last try counts.
                self._phases = {}
            self._phases[report.when] = report

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logfinish(self):
        self._finish()

    def _finish(self):
        """Reports the test that ran, once it has been torn down."""
        if self._running is None or "teardown" not in self._phases:
            return
        (case, line), self._running = self._running, None
        result, message = outcome.fold(self._phases)
        duration = sum(getattr(report, "duration", 0) for report in self._phases.values())
        self._phases = {}
        self._channel.boundary(_case("end", case, result, duration, message, line))

    def _subtest(self, report):
        path, _, name = str(report.nodeid).partition("::")
        case = "%s %s" % (name or path, _subtest_name(report))
        result, message = outcome.single(report)
        line = _line(path, getattr(report, "location", None))
        self._case("subtest", case, result, getattr(report, "duration", 0), message, line)

    def _case(self, kind, name, result, duration, message, line):
        frame = _case("case", self._name(kind, name), result, duration, message, line)
        self._channel.send(dict(frame, kind=kind))

    def _name(self, kind, name):
        if len(name) > NAME:
            digest = hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:8]
            name = "%s… (%s)" % (name[: NAME - 20], digest)
        self._seen[kind, name] += 1
        times = self._seen[kind, name]
        return name if times == 1 else self._name(kind, "%s #%d" % (name, times))

    # The end.

    def pytest_internalerror(self, excrepr):
        self._channel.send({"t": "internal", "text": str(excrepr)})

    def pytest_keyboard_interrupt(self, excinfo):
        try:
            text = str(excinfo.getrepr(style="short", chain=False))
        except Exception:
            text = excinfo.exconly()
        self._channel.send({"t": "interrupt", "text": text})

    def closed(self, status):
        """Says that the session has ended by itself."""
        if status in TROUBLE and self._screen.text().strip():
            self._channel.send({"t": "runner", "text": shorten(self._screen.text(), SCREEN)})
        self._channel.boundary({"t": "closed", "status": status})


def _case(kind, case, result, duration, message, line):
    microseconds = max(int(duration * 1e6), 0)
    return {"t": kind, "case": case, "outcome": result, "us": microseconds, "message": message, "line": line}


def _line(path, location):
    """Line of a test in its file, from 1; none when it is written in another file."""
    if not location or location[1] is None or str(location[0]).replace(os.sep, "/") != path:
        return None
    return location[1] + 1


def _subtest_name(report):
    for describe in ("_sub_test_description", "sub_test_description"):
        if hasattr(report, describe):
            return str(getattr(report, describe)())
    return "(<subtest>)"
