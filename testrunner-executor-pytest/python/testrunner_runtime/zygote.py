"""The zygote: imports Python, pytest and its plugins once, and forks a keeper for each slot.

It talks with the runner over its standard input, one JSON message a packet. In:

* `{"t": "prepare", "args": […], "file": …}`, once and first: what pytest will be told, without the file, which
  comes last, and the first file
* `{"t": "keeper", "keeper": n}` with a descriptor, the keeper's own control socket: forks it
* `{"t": "bury", "keeper": n}`: kills a keeper and all that it kept; answered with `{"t": "buried", "keeper": n}`

End of file means that the runner is gone or done: when the keepers have left, so does the zygote.
Nothing of the tests is ever loaded here.
"""

import os
import select
import time

from testrunner_runtime import keeper, packet, processes, scratch

#: How long keepers may take to leave, in seconds: longer than they try to kill what does not die.
LEAVE = keeper.KILL_TIMEOUT + 2


class Zygote:
    def __init__(self, control, folder):
        self.control = control
        self.folder = folder
        self.keepers = {}

    def serve(self):
        """Returns in keepers only, with their control socket."""
        wake, waker = processes.watch_children()
        while True:
            ready, _, _ = select.select([self.control, wake], [], [])
            if wake in ready:
                processes.drain(wake)
                self._reap()
            if self.control not in ready:
                continue
            words, descriptors = packet.receive_with(self.control)
            if words is None:
                self._leave()
            elif words["t"] == "keeper":
                (mine,) = descriptors
                pid = os.fork()
                if pid == 0:
                    processes.forget_children(wake, waker)
                    self.control.close()
                    return packet.adopt(mine)
                os.close(mine)
                self.keepers[words["keeper"]] = pid
            elif words["t"] == "bury":
                self._bury(words["keeper"])
                packet.send(self.control, {"t": "buried", "keeper": words["keeper"]})

    def _reap(self):
        """Takes the status of what has ended, and kills what dead keepers have left to us."""
        died = False
        while True:
            try:
                pid, _ = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if pid == 0:
                break
            for number, its in list(self.keepers.items()):
                if its == pid:
                    del self.keepers[number]
                    died = True
        if died:
            self._kill_orphans()

    def _bury(self, number):
        pid = self.keepers.pop(number, None)
        if pid is not None:
            processes.kill(pid)
            try:
                os.waitpid(pid, 0)
            except ChildProcessError:
                pass
        self._kill_orphans()

    def _kill_orphans(self):
        """Orphans of a dead keeper are ours; those of the living are theirs."""
        end = time.monotonic() + keeper.KILL_TIMEOUT
        while processes.has_others(set(self.keepers.values())) and time.monotonic() < end:
            orphans = processes.descendants(spare=set(self.keepers.values()))
            if not orphans:
                return
            for pid in orphans:
                processes.kill(pid)
            time.sleep(0.001)

    def _leave(self):
        end = time.monotonic() + LEAVE
        while self.keepers and time.monotonic() < end:
            time.sleep(0.001)
            self._reap()
        processes.kill_all(1.0, processes.reap_any)
        scratch.remove_if_orphaned(self.folder)
        os._exit(0)
