"""The plugin: tells the runner what pytest does, as it happens."""

import collections
import hashlib
import os
import threading

import pytest

from testrunner_runtime import outcome
from testrunner_runtime.channel import nobody, shorten

#: Longest name of a case, in characters. Parameters make names of any length.
NAME = 1000
#: Longest duration of a case, in microseconds: about 30 years.
LONGEST = 10**15
#: What is kept of pytest's own screen output, in characters.
SCREEN = 32 << 10
#: The same of what other threads than pytest's write to it.
ASIDE = 1 << 20
#: Options that make no sense for one file in one process, and of a screen that nobody sees.
SETTINGS = (
    ("numprocesses", 0),
    ("distload", False),
    ("looponfail", False),
    ("usepdb", False),
    ("no_header", True),
)
#: Hooks at which nobody may be before us once the tests are collected.
FIRST = ("pytest_collection_finish", "pytest_runtest_logstart", "pytest_runtest_logfinish")
#: How pytest ends when it could not do its work: internal error, usage error.
TROUBLE = (3, 4)


class Tail:
    """The last part of a text, at least."""

    def __init__(self, size):
        self._most = size
        self._parts = collections.deque()
        self._size = 0

    def add(self, text):
        self._parts.append(text[-self._most :])
        self._size += len(self._parts[-1])
        while self._size - len(self._parts[0]) > self._most:
            self._size -= len(self._parts.popleft())

    def text(self):
        return "".join(self._parts)


class Screen:
    """Where pytest's own output goes: its last part is kept, to be shown when pytest itself fails.

    Another thread that writes here has something to say of the test that runs, and may be about to end the process:
    pytest-timeout with its stacks. That goes to standard error.
    """

    def __init__(self):
        self._tail = Tail(SCREEN)
        self._aside = Tail(ASIDE)

    def write(self, text):
        self._tail.add(text)
        if _is_aside():
            self._aside.add(text)
        return len(text)

    def flush(self):
        if not _is_aside():
            return
        said, self._aside = self._aside.text(), Tail(ASIDE)
        left = said.encode("utf-8", "backslashreplace")
        try:
            while left:
                left = left[os.write(2, left) :]
        except OSError:
            # The test has closed it.
            pass

    def isatty(self):
        return False

    def text(self):
        return self._tail.text()


def _is_aside():
    return threading.get_ident() != threading.main_thread().ident


def settle(config):
    """Sets what is not the user's to choose, before a session begins."""
    for option, value in SETTINGS:
        if hasattr(config.option, option):
            setattr(config.option, option, value)
    if not config.pluginmanager.hasplugin("cacheprovider"):
        # Our own setting of the cache's folder, which would now be an unknown one.
        settings = getattr(config, "_inicfg", None) or getattr(config, "inicfg", {})
        settings.pop("cache_dir", None)


def redirect(config, screen):
    """Has pytest's own output go elsewhere."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None:
        from _pytest.config import create_terminal_writer

        reporter._tw = create_terminal_writer(config, screen)


class Reporter:
    def __init__(self):
        self._root = None
        self._screen = Screen()
        # Until there is a file nothing is told, not even that pytest has to begin anew.
        self._channel = nobody()

    def move(self, channel, file):
        """Goes on with this file."""
        self._channel = channel
        self._file = os.path.realpath(file)
        self._seen = collections.Counter()
        self._items = {}
        self._running = None
        self._nodeid = None
        self._phases = {}
        #: Whether the test that runs will be tried once more, as a plugin has said.
        self._again = False

    @pytest.hookimpl(hookwrapper=True)
    def pytest_cmdline_main(self, config):
        settle(config)
        yield

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config):
        # Called again when we are registered again.
        if self._root is None:
            self._redirect(config)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session):
        # Again: plugins may have put a reporter of their own in place.
        self._redirect(session.config)
        self._root = str(session.config.rootpath)

    def _redirect(self, config):
        redirect(config, self._screen)

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

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self, config):
        yield
        # Who was registered last is first at a hook. Not sooner: conftests come also while tests are collected, and
        # test files bring plugins of their own.
        hooks, plugins = [getattr(config.hook, name) for name in FIRST], config.pluginmanager
        if any(hook.get_hookimpls()[-1].plugin is not self for hook in hooks):
            if plugins.is_registered(self):
                plugins.unregister(self)
            plugins.register(self)

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_collection_finish(self, session):
        # First of all: from here on nobody may take a test away.
        self._items = {}
        for index, item in enumerate(session.items):
            self._items.setdefault(item.nodeid, []).append(index)
        self._channel.send({"t": "collected", "n": len(session.items)})
        # Would write down for the next time which tests there are, in a folder that is thrown away.
        plugins = session.config.pluginmanager
        if plugins.hasplugin("nfplugin") and not session.config.getoption("newfirst"):
            plugins.unregister(name="nfplugin")
        yield

    # Tests.

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logstart(self, nodeid, location):
        again, self._again = self._again, False
        if again and nodeid == self._nodeid:
            self._phases = {}
            return
        self._finish()
        self._nodeid = nodeid
        path, _, name = str(nodeid).partition("::")
        self._running = (self._name("test", name or path), _line(path, location))
        self._phases = {}
        case, line = self._running
        # Which of those that were collected; none, when it was not, or has been run already.
        items = self._items.get(nodeid)
        item = items.pop(0) if items else None
        self._channel.boundary({"t": "start", "case": case, "line": line, "item": item})

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report):
        if hasattr(report, "context") and type(report).__name__.lower() == "subtestreport":
            self._subtest(report)
        elif report.outcome not in ("passed", "failed", "skipped"):
            self._again = True
        else:
            if report.when != "teardown":
                self._again = False
            if any(phase.outcome == "failed" for phase in self._phases.values()):
                # For pytest it has failed, whatever is reported of it still. Who tries a test once more
                # reports the failure as something else.
                self._phases.setdefault(report.when, report)
                return
            if report.when == "setup":
                # Tried once more by a plugin: only the last try counts.
                self._phases = {}
            self._phases[report.when] = report

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logfinish(self):
        self._finish()

    def _finish(self):
        """Reports the test that ran, once it has been torn down."""
        if self._running is None or self._again or "teardown" not in self._phases:
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

    def say_why(self, status):
        """Shows pytest's own words where its status alone says too little."""
        if status in TROUBLE and self._screen.text().strip():
            self._channel.send({"t": "runner", "text": shorten(self._screen.text(), SCREEN)})


def _case(kind, case, result, duration, message, line):
    try:
        us = min(max(int(duration * 1e6), 0), LONGEST)
    except (ArithmeticError, TypeError, ValueError):
        # What a plugin has put there is no number.
        us = 0
    return {"t": kind, "case": case, "outcome": result, "us": us, "message": message, "line": line}


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
