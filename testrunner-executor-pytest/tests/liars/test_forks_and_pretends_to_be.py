# expect: errored; test_a=error
# As the one before, and the fork sends as if it were its parent.
import os

from liar import results


def test_a():
    parent = os.getpid()
    if os.fork():
        os.wait()
        os._exit(0)
    os.getpid = lambda: parent
    results().send(b'{"t":"end","case":"test_a","outcome":"passed","us":1,"message":null,"line":1}')
