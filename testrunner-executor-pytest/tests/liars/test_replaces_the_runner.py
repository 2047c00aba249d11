# expect: errored; test_a=error
# Puts nothing in the place of what runs a test.
import _pytest.runner

_pytest.runner.runtestprotocol = lambda *_, **__: True


def test_a():
    assert 0
