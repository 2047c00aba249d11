"""Is named like a test file and has no tests."""


def helper():
    return 42
