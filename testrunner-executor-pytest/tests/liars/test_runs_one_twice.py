# expect: errored; test_a=passed, test_a #2=passed
# Runs the good test as often as there are tests.
pytest_plugins = __name__


def pytest_runtestloop(session):
    session.items[:] = [session.items[0]] * 2


def test_a():
    pass


def test_b():
    assert 0
