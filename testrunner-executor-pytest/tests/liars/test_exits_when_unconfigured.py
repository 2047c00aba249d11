# expect: crashed; test_a=failed
# Leaves as late as pytest calls a hook.
import os

pytest_plugins = __name__


def pytest_unconfigure():
    os._exit(0)


def test_a():
    assert 0
