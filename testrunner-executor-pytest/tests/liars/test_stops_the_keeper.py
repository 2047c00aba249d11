# expect: timed_out; test_a=timed_out
# hangs
# Stops the process that would see its end, and leaves with 0.
import os
import signal


def test_a():
    os.kill(os.getppid(), signal.SIGSTOP)
    os._exit(0)
