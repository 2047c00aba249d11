# expect: errored; test_a=failed
# Sets the number of failures back to 0, so that pytest itself finds nothing wrong.
pytest_plugins = __name__


def pytest_runtest_teardown(item):
    item.session.testsfailed = 0


def test_a():
    assert 0
