"""Prints 100 MB: a million numbered lines of 100 bytes."""

import sys


def test_flood():
    for start in range(0, 1_000_000, 10_000):
        lines = ("%-99d\n" % number for number in range(start, start + 10_000))
        sys.stdout.write("".join(lines))


def test_after_the_flood():
    print("dry again")
