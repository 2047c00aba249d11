"""A fixture fails before the test: an error, not a failure of the test."""

import pytest


@pytest.fixture
def database():
    raise ConnectionError("the database is not there")


def test_query(database):
    raise AssertionError("never called")


def test_without():
    pass
