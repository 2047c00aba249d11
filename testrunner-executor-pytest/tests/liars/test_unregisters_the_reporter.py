# expect: errored; test_a=error
# Takes the reporter out of pytest, so that no failure is heard of.
import pytest

from liar import reporter

pytest_plugins = __name__


def pytest_sessionfinish(session):
    session.exitstatus = 0


@pytest.fixture(autouse=True)
def deaf(request):
    plugin = reporter(request)
    if plugin is not None:
        request.config.pluginmanager.unregister(plugin)


def test_a():
    assert 0
