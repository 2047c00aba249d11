# expect: crashed
# Leaves while it is imported.
import os

os._exit(0)


def test_a():
    assert 0
