"""The second test ends the process with exit code 0. By the exit code alone this would pass."""

import os


def test_before():
    pass


def test_exit():
    os._exit(0)


def test_after():
    raise AssertionError("never called")
