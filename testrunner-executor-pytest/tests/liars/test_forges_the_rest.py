# expect: errored; test_a=error
# Says on the results' socket all that is still to be said, without flaw, and leaves with 0.
import os

from liar import results


def test_a():
    socket = results()
    socket.send(b'{"t":"end","case":"test_a","outcome":"passed","us":1,"message":null,"line":1}')
    socket.send(b'{"t":"closed","status":0}')
    os._exit(0)
