# expect: errored; test_a=error
# Says on the results' socket that pytest has ended with 0, and leaves with 0.
import os

from liar import results


def test_a():
    results().send(b'{"t":"closed","status":0}')
    os._exit(0)
