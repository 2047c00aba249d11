# expect: crashed
# Leaves between collection and the first test.
import os

pytest_plugins = __name__


def pytest_collection_modifyitems():
    os._exit(0)


def test_a():
    assert 0
