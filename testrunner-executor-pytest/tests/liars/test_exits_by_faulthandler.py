# expect: crashed; test_a=crashed
# Has the C code of faulthandler end the process. It leaves with 1.
import faulthandler
import signal


def test_a():
    faulthandler.dump_traceback_later(0.01, exit=True)
    while True:
        signal.pause()
