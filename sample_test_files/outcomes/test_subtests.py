"""Parts of a test that report for themselves. Needs pytest 9."""


def test_squares(subtests):
    for number, square in [(1, 1), (2, 4), (3, 8)]:
        with subtests.test("square", number=number):
            assert number * number == square
