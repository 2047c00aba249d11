# expect: errored; test_a=passed, test_b=error
# Has pytest exit with 0 from a test; the last one never runs.
import pytest


def test_a():
    pass


def test_b():
    pytest.exit("enough", returncode=0)


def test_c():
    assert 0
