# expect: errored; test_a=passed
# Removes a test from the list when collection has finished, as the first who may.
import pytest

pytest_plugins = __name__


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_collection_finish(session):
    session.items[:] = session.items[:1]
    yield


def test_a():
    pass


def test_b():
    assert 0
