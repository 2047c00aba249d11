# expect: crashed; test_a=crashed
# Uses more of the processor than it allows itself.
import resource


def test_a():
    resource.setrlimit(resource.RLIMIT_CPU, (1, 1))
    while True:
        pass
