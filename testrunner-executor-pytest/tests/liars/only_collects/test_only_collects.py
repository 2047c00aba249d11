# expect: errored
# Its conftest has pytest collect and run nothing.
def test_a():
    assert 0
