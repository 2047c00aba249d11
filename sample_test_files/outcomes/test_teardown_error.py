"""A fixture fails after the test: alone, and after a failure of the test itself."""

import pytest


@pytest.fixture
def connection():
    yield
    raise ConnectionError("could not be closed")


def test_close(connection):
    pass


def test_fail_and_close(connection):
    assert [] == ["row"]
