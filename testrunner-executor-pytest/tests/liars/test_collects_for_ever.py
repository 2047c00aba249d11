# expect: timed_out
# hangs
# Is never done with being imported.
import time

while True:
    time.sleep(1)


def test_a():
    pass
