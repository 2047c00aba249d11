# expect: failed; test_a=failed, test_b=passed
# Has no memory left where it needs some.
import resource


def test_a():
    limits = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (2 << 30, limits[1]))
    try:
        bytearray(4 << 30)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, limits)


def test_b():
    pass
