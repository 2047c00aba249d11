# expect: failed; test_a=failed
# Prints what pytest would.
import os


def test_a():
    os.write(1, b"===== 5 passed in 0.01s =====\n")
    assert 0
