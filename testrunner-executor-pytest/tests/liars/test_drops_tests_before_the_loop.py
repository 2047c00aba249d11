# expect: errored; test_a=passed
# Removes a test from the list after all were counted.
pytest_plugins = __name__


def pytest_runtestloop(session):
    session.items[:] = session.items[:1]


def test_a():
    pass


def test_b():
    assert 0
