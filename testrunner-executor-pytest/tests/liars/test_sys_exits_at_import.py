# expect: errored | crashed
# Leaves politely while it is imported.
import sys

sys.exit(0)


def test_a():
    assert 0
