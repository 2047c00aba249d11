"""The keeper: forks the processes that run the test files of one slot, one after the other, and sees to it
that nothing of a file survives it.

It talks with the runner over its own control socket, one JSON message a packet:

* in: a job, with three descriptors: the result channel, standard output, standard error
* in: `{"stop": "soft"}` interrupts the child as Ctrl-C would; `{"stop": "hard"}` kills everything
* out, for each job: `{"t": "started", "pid": …}`, and at last `{"t": "exit", "code" | "signal": …, "leaked": […]}`,
  or `{"t": "exit", "code": …, "stayed": true}` when the child waits for another file

A job that says `stay` has its child do so. To such a child, on a line of its own, go further jobs, each answered with
`{"taken": true}` and at its end with `{"done": code}`; one that needs a fresh child is answered by leaving.

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
#: How long a child may take to end that has stayed for more files than there were, in seconds.
DISMISS = 5.0


class Gone(Exception):
    """The runner has closed the control socket."""


class Keeper:
    def __init__(self, control):
        self.control = control
        #: The socket to a child that is to stay for more than one file.
        self.line = None
        #: How pytest would have ended after the file that such a child has run.
        self.done = None

    def serve(self):
        """Returns in children only, with what `child.become` takes."""
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
                if not self._hand_on(job, descriptors):
                    keeper = os.getpid()
                    line = self._fork(job)
                    if self.child == 0:
                        return job, descriptors, keeper, line
                for descriptor in descriptors:
                    os.close(descriptor)
                self._keep()
        except Gone:
            self._dismiss()
            processes.kill_all(KILL_TIMEOUT, processes.reap_any)
        except BaseException:
            # The runner sees the end of the socket, and finds the reason here.
            import traceback

            traceback.print_exc()
            processes.kill_all(KILL_TIMEOUT, processes.reap_any)
        # What plugins want to do at the end of a process is for children to do.
        os._exit(0)

    def _fork(self, job):
        """Forks a child. Returns, in it alone, its end of the line to us, if it is to stay."""
        ours, theirs = packet.pair() if job["stay"] else (None, None)
        self.child, self.status, self.hard = os.fork(), None, False
        if self.child == 0:
            processes.forget_children(self.wake, self.waker)
            self.control.close()
            if ours is not None:
                ours.close()
            return theirs
        if theirs is not None:
            theirs.close()
        self.line, self.done = ours, None
        return None

    def _hand_on(self, job, descriptors):
        """Gives a file to the child that has stayed, if it takes it."""
        if self.line is None:
            return False
        self.done = None
        if packet.send_with(self.line, job, descriptors) and packet.receive(self.line) is not None:
            return True
        self._dismiss()
        processes.kill_all(KILL_TIMEOUT, self._reap)
        return False

    def _dismiss(self):
        """Has a child end that has stayed: it gets some time to take down what its files have shared."""
        if self.line is None:
            return
        self._hang_up()
        end = time.monotonic() + DISMISS
        while self.status is None and time.monotonic() < end:
            select.select([self.wake], [], [], max(end - time.monotonic(), 0))
            processes.drain(self.wake)
            self._reap()

    def _hang_up(self):
        """Closed, not left to be collected: that would be a warning, which the next child would be forked with."""
        if self.line is not None:
            self.line.close()
            self.line = None

    def _keep(self):
        self._send({"t": "started", "pid": self.child})
        self._wait_for_child()
        if self.done is not None:
            self._send({"t": "exit", "code": self.done, "stayed": True})
            return
        self._hang_up()
        self._linger()
        leaked = processes.kill_all(KILL_TIMEOUT, self._reap)
        self._send(dict(self._ending(), leaked=leaked))

    def _wait_for_child(self):
        while self.status is None and self.done is None and not self.hard:
            self._listen(None)
            self._reap()
        if self.status is None and self.done is None:
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
        line = [] if self.line is None else [self.line]
        ready, _, _ = select.select([self.control, self.wake, *line], [], [], timeout)
        if line and self.line in ready:
            word = packet.receive(self.line)
            if word is None:
                # It leaves.
                self._hang_up()
            else:
                self.done = word["done"]
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
        return processes.reap_any(self._note)

    def _note(self, pid, status):
        if pid == self.child:
            self.status = status

    def _ending(self):
        if os.WIFSIGNALED(self.status):
            return {"t": "exit", "signal": os.WTERMSIG(self.status)}
        return {"t": "exit", "code": os.WEXITSTATUS(self.status)}

    def _send(self, message):
        if not packet.send(self.control, message):
            raise Gone
