"""The folder of a session. Its program removes it, unless it was killed; then the zygote does."""

import fcntl
import os
import shutil
import time

#: How long a program may take to die, from the end of its sockets to that of its locks, in seconds.
DIES = 1.0


def remove_if_orphaned(folder):
    """Removes the folder when nobody holds its lock any more."""
    end = time.monotonic() + DIES
    while time.monotonic() < end:
        try:
            with open(os.path.join(folder, "lock"), "rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(os.path.join(folder, "files"))
                os.unlink(lock.name)
                os.rmdir(folder)
            return
        except BlockingIOError:
            time.sleep(0.001)
        except OSError:
            # It is gone already, or the next program removes it.
            return
