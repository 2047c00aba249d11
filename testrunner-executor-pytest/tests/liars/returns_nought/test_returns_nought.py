# expect: errored
# Its conftest says that all of pytest's work is done, with 0.
def test_a():
    assert 0
