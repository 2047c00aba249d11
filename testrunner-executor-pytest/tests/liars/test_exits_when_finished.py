# expect: crashed; test_a=failed
# Leaves when the session has finished, before pytest says how.
import os

pytest_plugins = __name__


def pytest_sessionfinish():
    os._exit(0)


def test_a():
    assert 0
