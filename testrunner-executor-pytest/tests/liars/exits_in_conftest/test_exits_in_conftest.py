# expect: crashed
# Its conftest leaves while it is imported.
def test_a():
    assert 0
