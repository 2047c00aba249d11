# expect: crashed; test_a=crashed
# Goes deeper than the stack does.
import sys


class Deep:
    def __repr__(self):
        return repr(deeper[0])


deeper = [Deep()]


def test_a():
    sys.setrecursionlimit(1 << 30)
    repr(Deep())
