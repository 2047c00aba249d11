"""The second test brings the interpreter down."""

import ctypes


def test_before():
    pass


def test_segfault():
    print("about to read address 0")
    ctypes.string_at(0)


def test_after():
    pass
