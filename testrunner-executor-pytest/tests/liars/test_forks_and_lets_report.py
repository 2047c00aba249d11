# expect: crashed; test_a=crashed
# The fork runs the rest while the process waits, then the process leaves with 0.
import os


def test_a():
    if os.fork():
        os.wait()
        os._exit(0)
