"""Fixtures for this folder. They concern no file outside it."""

import pytest


@pytest.fixture
def place():
    return ["outer"]


@pytest.fixture
def greeting(place):
    return "hello from " + " and ".join(place)
