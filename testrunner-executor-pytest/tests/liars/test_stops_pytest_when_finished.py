# expect: errored; test_a=failed
# Has pytest exit with 0 when all is over.
import pytest

pytest_plugins = __name__


def pytest_sessionfinish():
    pytest.exit("enough", returncode=0)


def test_a():
    assert 0
