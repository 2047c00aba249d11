# expect: errored; test_a=error
# Raises a kind of SystemExit from a hook that pytest does not guard.
pytest_plugins = __name__


class Fine(SystemExit):
    pass


def pytest_runtest_logreport():
    raise Fine(0)


def test_a():
    assert 0
