"""Leaves a process behind that has left its session and closed all its files."""

import subprocess
import sys

DAEMON = """
import os, time
os.setsid()
print(os.getpid(), flush=True)
os.closerange(0, 1024)
time.sleep(3600)
"""


def test_daemon():
    daemon = subprocess.Popen([sys.executable, "-c", DAEMON], stdout=subprocess.PIPE)
    print("daemon", daemon.stdout.readline().decode().strip())
