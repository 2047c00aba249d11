# expect: errored
# Says of each test that it has been run.
pytest_plugins = __name__


def pytest_runtest_protocol():
    return True


def test_a():
    assert 0
