# expect: timed_out; test_a=passed
# hangs
# Waits for ever when Python ends, whatever interrupts it.
import atexit
import time


def wait():
    while True:
        try:
            time.sleep(600)
        except BaseException:
            continue


atexit.register(wait)


def test_a():
    pass
