# expect: failed; test_a=failed
# Leaves with 0 where Python would leave with 1.
import atexit
import os

atexit.register(os._exit, 0)


def test_a():
    assert 0
