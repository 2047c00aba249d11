# expect: crashed
# Its conftest leaves politely while it is imported.
def test_a():
    assert 0
