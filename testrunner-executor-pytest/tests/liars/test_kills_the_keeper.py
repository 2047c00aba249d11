# expect: crashed; test_a=crashed
# Kills the process that would see its end.
import os
import signal


def test_a():
    os.kill(os.getppid(), signal.SIGKILL)
    os._exit(0)
