"""The second test never ends. Run it with a time limit."""

import time

import pytest


@pytest.fixture
def resource():
    yield
    print("the resource was given back")


def test_quick():
    pass


def test_hang(resource):
    print("waiting for something that never comes")
    while True:
        time.sleep(3600)


def test_after():
    pass
