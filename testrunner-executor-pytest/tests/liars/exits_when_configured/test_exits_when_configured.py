# expect: crashed
# Its conftest leaves when pytest is configured.
def test_a():
    assert 0
