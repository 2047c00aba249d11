# expect: timed_out; test_a=timed_out
# hangs
# Stops its own process, which no interrupt wakes.
import os
import signal


def test_a():
    os.kill(os.getpid(), signal.SIGSTOP)
