# expect: timed_out; test_a=passed
# hangs
# Leaves a thread that does not end, so that the process does not.
import threading
import time


def test_a():
    threading.Thread(target=time.sleep, args=(600,)).start()
