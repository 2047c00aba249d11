# expect: crashed; test_a=crashed
# says: left 1 process running: a fork of the test process (killed)
# Leaves with 0 and leaves a daemon behind that has left its session and holds the output open.
import os
import time


def test_a():
    if os.fork() == 0:
        os.setsid()
        time.sleep(600)
    os._exit(0)
