"""Cannot be collected: it is not Python."""


def test_never_found(:
    pass
