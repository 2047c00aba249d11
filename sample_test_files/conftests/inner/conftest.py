"""Extends the fixture of the folder above."""

import pytest


@pytest.fixture
def place(place):
    return place + ["inner"]
