# expect: errored; test_a=passed, test_b=error
# Has pytest exit with 0 from a fixture.
import pytest


@pytest.fixture
def stop():
    pytest.exit("enough", returncode=0)


def test_a():
    pass


def test_b(stop):
    assert 0
