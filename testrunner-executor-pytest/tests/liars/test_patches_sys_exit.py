# expect: failed; test_a=failed
# Makes the way out of Python one that always ends with 0.
import os
import sys


def test_a():
    sys.exit = lambda *_: os._exit(0)
    assert 0
