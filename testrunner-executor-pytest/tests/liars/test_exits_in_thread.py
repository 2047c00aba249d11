# expect: crashed; test_a=crashed
# Leaves from another thread.
import os
import threading


def test_a():
    thread = threading.Thread(target=os._exit, args=(0,))
    thread.start()
    thread.join()
    assert 0
