"""The isolation levels that share a process: one session of pytest runs one file after the other.

What belongs to the session stays from file to file: imported modules and fixtures of that scope. A file has its own
collection, its own end, its own channel and output. The last one ends with the process.
"""

import os
import pathlib

import pytest

from testrunner_runtime import channel, child, fitness, packet

#: How pytest ends: as `pytest.ExitCode`.
PASSED, FAILED, INTERRUPTED, NOTHING = 0, 1, 2, 5


class Shared:
    """The plugin that does not let a session end while there is another file for it."""

    def __init__(self, line, scope, reporter, job, close, keep):
        #: The socket to the keeper.
        self._line = line
        self._scope = scope
        self._reporter = reporter
        self._job = job
        self._close = close
        #: Takes what belongs to the file that the process will end with.
        self._keep = keep

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session):
        # With settings of its own it is no place for others.
        fits = self._fits(session, self._job)
        while self._job["stay"]:
            status = _run(session)
            self._close(status, stays=True)
            # The file has had its last word, whatever happens when the session ends.
            self._reporter.move(channel.nobody(), self._job["file"])
            self._keep(())
            packet.send(self._line, {"done": status})
            if not fits or not self._take(session):
                return True
            _forget(session)
            with self._scope.narrowed():
                session.perform_collect([self._job["arg"]])
        # The last file is pytest's own.
        return None

    def _fits(self, session, job):
        return fitness.holds_for(session.config, self._job["args"], job)

    def _take(self, session):
        """Takes the next file. Not when there is none, or it needs another session."""
        job, descriptors = packet.receive_with(self._line)
        if job is None or not self._fits(session, job):
            return False
        packet.send(self._line, {"taken": True})
        link, close = child.take(job, descriptors)
        self._job, self._close = job, close
        self._scope.move(job["arg"])
        self._reporter.move(link, job["file"])
        self._keep((close, self._reporter))
        return True


def _run(session):
    """Runs the tests of a file, and returns how pytest would end after it."""
    if session.testsfailed and not session.config.option.continue_on_collection_errors:
        return INTERRUPTED
    if not session.config.option.collectonly:
        for item, following in zip(session.items, [*session.items[1:], session]):
            # After the last one nothing but the session is needed.
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if session.shouldfail:
                raise session.Failed(session.shouldfail)
            if session.shouldstop:
                raise session.Interrupted(session.shouldstop)
    if session.testsfailed:
        return FAILED
    return PASSED if session.testscollected else NOTHING


def _forget(session):
    """Makes a session as good as new for another file."""
    session.testsfailed = session.testscollected = 0
    # Since pytest 9.1 the fixtures of a conftest belong to the node of its folder, of which each collection has
    # a new one.
    manager = getattr(session, "_fixturemanager", None)
    pending = getattr(manager, "_pending_conftests", None)
    if pending is not None:
        for name, plugin in session.config.pluginmanager.list_name_plugin():
            folder = pathlib.Path(os.path.abspath(name)).parent if name.endswith("conftest.py") else None
            if folder is not None and session.config.rootpath in folder.parents:
                pending[folder] = plugin
