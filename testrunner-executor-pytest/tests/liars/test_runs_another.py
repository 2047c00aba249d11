# expect: errored; test_good=passed
# Runs a test that was not collected, in place of one that was.
import pytest

pytest_plugins = __name__


def good():
    pass


def pytest_runtestloop(session):
    (item,) = session.items
    session.items[:] = [pytest.Function.from_parent(item.parent, name="test_good", callobj=good)]


def test_a():
    assert 0
