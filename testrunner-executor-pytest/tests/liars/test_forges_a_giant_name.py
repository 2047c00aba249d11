# expect: errored; test_a=error
# Names a case on the results' socket by as much as a message may hold.
from liar import results


def test_a():
    results().send(b'{"t":"start","line":1,"case":"' + b"a" * 60000 + b'"}')
