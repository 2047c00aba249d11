# expect: crashed; test_a=passed, test_b=crashed
# Reads what it may not.
import ctypes


def test_a():
    pass


def test_b():
    ctypes.string_at(0)
