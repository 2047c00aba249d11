# expect: failed; test_a=failed
# Kills the process that its keeper came from, and fails.
import os
import signal


def test_a():
    with open("/proc/%d/stat" % os.getppid()) as stat:
        above = int(stat.read().rpartition(")")[2].split()[1])
    with open("/proc/%d/cmdline" % above) as command:
        if "supervisor.py" in command.read():
            os.kill(above, signal.SIGKILL)
    assert 0
