# expect: errored; test_a=error
# Sends the empty message, which looks like the end of the stream.
from liar import results


def test_a():
    results().send(b"")
