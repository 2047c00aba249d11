"""The process is killed in the middle of the third test, as it is when memory runs out."""

import os
import signal


def test_first():
    print("first")


def test_second():
    print("second")


def test_third():
    print("the third begins", end="")
    os.kill(os.getpid(), signal.SIGKILL)


def test_fourth():
    pass
