"""One test function, several cases."""

import pytest


@pytest.mark.parametrize("text, length", [("", 0), ("a b", 3), ("é", 1)])
def test_length(text, length):
    assert len(text) == length


@pytest.mark.parametrize("number", [1, 2, 3], ids="number {}".format)
def test_is_odd(number):
    assert number % 2 == 1
