"""A plain test file that passes."""


def test_addition():
    assert 1 + 1 == 2


def test_upper():
    assert "testrun".upper() == "TESTRUN"
