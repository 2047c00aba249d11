# expect: errored; test_a=passed
# Speaks on when the session has been closed.
import atexit

from liar import results

atexit.register(lambda: results().send(b'{"t":"collected","n":1}'))


def test_a():
    pass
