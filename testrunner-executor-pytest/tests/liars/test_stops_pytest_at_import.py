# expect: errored
# Has pytest exit with 0 while it is imported.
import pytest

pytest.exit("enough", returncode=0)


def test_a():
    assert 0
