# expect: crashed; test_a=passed, test_b=crashed
# Leaves in the setup of a fixture.
import os

import pytest


@pytest.fixture
def leave():
    os._exit(0)


def test_a():
    pass


def test_b(leave):
    assert 0
