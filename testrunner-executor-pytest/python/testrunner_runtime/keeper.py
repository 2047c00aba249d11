"""The keeper: forks the processes that run the test files of one slot, one after the other, and sees to it
that nothing of a file survives it.

It talks with the runner over its own control socket, one JSON message a packet:

* in: a job, with three descriptors: the result channel, standard output, standard error
* in: `{"stop": "soft"}` interrupts the child as Ctrl-C would; `{"stop": "hard"}` kills everything
* out, for each job: `{"t": "started", "pid": …}`, and at last `{"t": "exit", "code" | "signal": …, "leaked": […]}`

End of file on the socket means that the runner is gone or done: everything is killed.
"""

import os
import select
import signal
import time

from testrunner_runtime import packet, processes

#: How long processes may outlive their test file before they count as left behind, in seconds.
LINGER = 0.2
#: How long we try to kill what is left. What lasts longer cannot be killed.
KILL_TIMEOUT = 10.0


class Gone(Exception):
    """The runner has closed the control socket."""


class Keeper:
    def __init__(self, control):
        self.control = control

    def serve(self):
        """Returns in children only, with what `child.run` takes."""
        processes.become_subreaper()
        self.wake, self.waker = processes.watch_children()
        try:
            while True:
                job, descriptors = packet.receive_with(self.control)
                if job is None:
                    raise Gone
                if "stop" in job:
                    # For a child that had ended when it was sent.
                    continue
                keeper = os.getpid()
                self.child, self.status, self.hard = os.fork(), None, False
                if self.child == 0:
                    processes.forget_children(self.wake, self.waker)
                    self.control.close()
                    return job, descriptors, keeper
                for descriptor in descriptors:
                    os.close(descriptor)
                self._keep()
        except Gone:
            processes.kill_all(KILL_TIMEOUT, processes.reap_any)
        except BaseException:
            # The runner sees the end of the socket, and finds the reason here.
            import traceback

            traceback.print_exc()
            processes.kill_all(KILL_TIMEOUT, processes.reap_any)
        # What plugins want to do at the end of a process is for children to do.
        os._exit(0)

    def _keep(self):
        self._send({"t": "started", "pid": self.child})
        self._wait_for_child()
        self._linger()
        leaked = processes.kill_all(KILL_TIMEOUT, self._reap)
        self._send(dict(self._ending(), leaked=leaked))

    def _wait_for_child(self):
        while self.status is None and not self.hard:
            self._listen(None)
            self._reap()
        if self.status is None:
            # Asked to kill: the child is not a process left behind, so it goes first.
            processes.kill(self.child)
            while self.status is None:
                self._listen(None)
                self._reap()

    def _linger(self):
        """Helpers that end with their parent, such as those of multiprocessing, need a moment for it."""
        end = time.monotonic() + LINGER
        while self._reap() and not self.hard:
            left = end - time.monotonic()
            if left <= 0:
                break
            self._listen(min(left, 0.01))

    def _listen(self, timeout):
        """Waits for a command or for the end of a child, and obeys."""
        ready, _, _ = select.select([self.control, self.wake], [], [], timeout)
        if self.wake in ready:
            processes.drain(self.wake)
        if self.control in ready:
            command, _ = packet.receive_with(self.control)
            if command is None:
                raise Gone
            self._obey(command.get("stop"))

    def _obey(self, stop):
        if stop == "hard":
            self.hard = True
        elif stop == "soft" and self.status is None:
            # Not reaped yet, so the number is still the child's.
            os.kill(self.child, signal.SIGINT)

    def _reap(self):
        """Takes the status of what has ended. Tells whether there is still a process below us."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if pid == 0:
                return True
            if pid == self.child:
                self.status = status

    def _ending(self):
        if os.WIFSIGNALED(self.status):
            return {"t": "exit", "signal": os.WTERMSIG(self.status)}
        return {"t": "exit", "code": os.WEXITSTATUS(self.status)}

    def _send(self, message):
        if not packet.send(self.control, message):
            raise Gone
