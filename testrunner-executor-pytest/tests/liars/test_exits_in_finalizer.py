# expect: crashed; test_a=crashed
# Leaves when an object is collected.
import os


class Last:
    def __del__(self):
        os._exit(0)


def test_a():
    Last()
    assert 0
