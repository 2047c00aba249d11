# expect: errored; test_a=failed
# Reports the call a second time, as passed, and takes back that one has failed.
import copy

pytest_plugins = __name__
seen = []


def pytest_runtest_logreport(report):
    if report.when == "teardown" and seen:
        call = seen.pop()
        call.outcome, call.longrepr = "passed", None
        config.hook.pytest_runtest_logreport(report=call)
    elif report.when == "call" and report.outcome == "failed":
        seen.append(copy.copy(report))


def pytest_sessionfinish(session):
    session.exitstatus = 0


def pytest_runtest_setup(item):
    global config
    config = item.config


def test_a():
    assert 0
