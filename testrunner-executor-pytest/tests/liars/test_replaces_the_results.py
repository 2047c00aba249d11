# expect: crashed; test_a=crashed
# Puts a file of its own where the results go, so that what would have been said is lost.
import os

from liar import results


def test_a(tmp_path):
    mine = os.open(str(tmp_path / "mine"), os.O_CREAT | os.O_RDWR)
    link = results()
    target = os.fstat(link.fileno()).st_ino
    for descriptor in map(int, os.listdir("/proc/self/fd")):
        try:
            if os.fstat(descriptor).st_ino == target:
                os.dup2(mine, descriptor)
        except OSError:
            continue


def test_b():
    assert 0
