# expect: crashed; test_a=crashed
# Becomes a program that succeeds.
import os


def test_a():
    os.execvp("true", ["true"])
