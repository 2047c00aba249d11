"""The keeper: forks the process that runs one test file, and sees to it that nothing of it survives.

It talks with the runner over the control socket, one JSON message a packet:

* in, once: the job, with three descriptors: the result channel, standard output, standard error
* in: `{"stop": "soft"}` interrupts the child as Ctrl-C would; `{"stop": "hard"}` kills everything
* out: `{"t": "started", "pid": …}`, and at last `{"t": "exit", "code" | "signal": …, "leaked": […]}`

End of file on the socket means that the runner is gone: everything is killed.
"""

import array
import json
import os
import select
import signal
import socket
import sys
import time

from testrunner_runtime import child, processes

#: How long processes may outlive their test file before they count as left behind, in seconds.
LINGER = 0.2
#: How long we try to kill what is left. What lasts longer cannot be killed.
KILL_TIMEOUT = 10.0


class Gone(Exception):
    """The runner has closed the control socket."""


def main():
    control = _take_control()
    processes.become_subreaper()
    job, descriptors = _receive_job(control)
    Keeper(control).run(job, descriptors)


def _take_control():
    # Descriptor 0 becomes what tests read from: nothing.
    control = socket.socket(fileno=os.dup(0))
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.close(null)
    return control


def _receive_job(control):
    room = socket.CMSG_SPACE(3 * array.array("i").itemsize)
    packet, ancillary, _, _ = control.recvmsg(1 << 17, room, socket.MSG_CMSG_CLOEXEC)
    if not packet:
        sys.exit(0)
    descriptors = array.array("i")
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            descriptors.frombytes(data[: len(data) - len(data) % descriptors.itemsize])
    channel, out, err = descriptors
    return json.loads(packet.decode()), (channel, out, err)


class Keeper:
    def __init__(self, control):
        self.control = control
        self.child = None
        self.status = None
        self.hard = False

    def run(self, job, descriptors):
        wake, waker = os.pipe()
        os.set_blocking(wake, False)
        os.set_blocking(waker, False)
        signal.set_wakeup_fd(waker)
        signal.signal(signal.SIGCHLD, _ignore)
        keeper = os.getpid()
        self.child = os.fork()
        if self.child == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.close(wake)
            os.close(waker)
            self.control.close()
            # Leaves by SystemExit, through the normal end of the interpreter.
            child.run(job, descriptors, keeper)
        for descriptor in descriptors:
            os.close(descriptor)
        self.wake = wake
        try:
            self._send({"t": "started", "pid": self.child})
            self._wait_for_child()
            self._linger()
            leaked = processes.kill_all(KILL_TIMEOUT, self._reap)
            self._send(dict(self._ending(), leaked=leaked))
        except Gone:
            processes.kill_all(KILL_TIMEOUT, self._reap)

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
            try:
                os.read(self.wake, 4096)
            except BlockingIOError:
                pass
        if self.control in ready:
            packet = self._receive()
            if not packet:
                raise Gone
            self._obey(json.loads(packet.decode()).get("stop"))

    def _receive(self):
        try:
            return self.control.recv(4096)
        except OSError:
            return b""

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
        try:
            self.control.send(json.dumps(message).encode())
        except OSError:
            raise Gone from None


def _ignore(*_):
    """A handler, because only a handled signal wakes the keeper."""
