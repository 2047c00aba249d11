"""A plain test file with one test that passes and one that fails."""


def test_sorted():
    assert sorted([3, 1, 2]) == [1, 2, 3]


def test_total():
    prices = {"apple": 3, "pear": 4}
    assert sum(prices.values()) == 8, "the pear was to cost 5"
