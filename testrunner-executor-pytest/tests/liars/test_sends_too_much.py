# expect: errored; test_a=error
# Sends more at once than is read.
from liar import results


def test_a():
    results().send(b'{"t":"closed","status":0}' + b" " * (100 << 10))
