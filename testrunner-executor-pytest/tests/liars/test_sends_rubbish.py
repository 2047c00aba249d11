# expect: errored; test_a=error
# Sends what is no message.
import os

from liar import results


def test_a():
    results().send(os.urandom(100))
