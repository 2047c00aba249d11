# expect: errored; test_a=passed
# Removes a test from the list when collection has finished, where no plugin may.
pytest_plugins = __name__


def pytest_collection_finish(session):
    session.items[:] = session.items[:1]


def test_a():
    pass


def test_b():
    assert 0
