# expect: crashed; test_a=crashed
# The process leaves; its fork goes on with the tests, all of which it thinks good.
import os


def test_a():
    if os.fork():
        os._exit(0)
