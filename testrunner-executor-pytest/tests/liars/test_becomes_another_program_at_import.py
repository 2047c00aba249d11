# expect: crashed
# Becomes a program that succeeds while it is imported.
import os

os.execvp("true", ["true"])


def test_a():
    assert 0
