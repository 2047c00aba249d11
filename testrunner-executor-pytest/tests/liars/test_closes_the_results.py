# expect: crashed; test_a=crashed
# Shuts the results off, and ends in good order: what would have been said is lost.
import socket

from liar import results


def test_a():
    results().shutdown(socket.SHUT_RDWR)


def test_b():
    assert 0
