# expect: errored; test_a=failed
# Sets pytest's exit status to that of a file without tests.
pytest_plugins = __name__


def pytest_sessionfinish(session):
    session.exitstatus = 5


def test_a():
    assert 0
