# expect: errored; test_a=error
# Says the same result twice on the results' socket.
from liar import results


def test_a():
    for _ in range(2):
        results().send(
            b'{"t":"case","kind":"subtest","case":"test_a x","outcome":"passed","us":1,"message":null,"line":1}'
        )
