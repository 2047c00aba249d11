# expect: errored; test_a=error
# Raises what Ctrl-C raises, so that the second test is never run.
def test_a():
    raise KeyboardInterrupt


def test_b():
    assert 0
