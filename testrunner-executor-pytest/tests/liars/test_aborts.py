# expect: crashed; test_a=crashed
# Aborts.
import os


def test_a():
    os.abort()
