"""A plugin for plain pytest: writes what it reports to the file that PARITY_REPORT names, one JSON line each.

It asks pytest for the words (`pytest_report_teststatus`), and shares no code with the plugin of TestRunner.
"""

import json
import os

import pytest


class Recorder:
    def __init__(self, config, out):
        self._config = config
        self._out = out
        self._process = os.getpid()

    def _write(self, **line):
        if os.getpid() == self._process:
            self._out.write(json.dumps(line) + "\n")
            self._out.flush()

    def pytest_collectstart(self, collector):
        if isinstance(collector, pytest.File):
            self._write(file=collector.nodeid)

    def pytest_collectreport(self, report):
        if report.outcome != "passed":
            self._write(collection=report.nodeid, category=report.outcome)

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report):
        category = self._config.hook.pytest_report_teststatus(report=report, config=self._config)[0]
        part = report._sub_test_description() if hasattr(report, "_sub_test_description") else None
        self._write(case=report.nodeid, when=report.when, category=category, part=part)


def pytest_configure(config):
    if "PARITY_REPORT" in os.environ:
        out = open(os.environ["PARITY_REPORT"], "w", encoding="utf-8")
        config.pluginmanager.register(Recorder(config, out), "parity-recorder")
