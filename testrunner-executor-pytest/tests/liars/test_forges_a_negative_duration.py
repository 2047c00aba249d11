# expect: errored; test_a=error
# Says on the results' socket that it took less than no time.
from liar import results


def test_a():
    results().send(b'{"t":"end","case":"test_a","outcome":"passed","us":-1,"message":null,"line":1}')
