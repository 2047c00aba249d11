"""The result channel: packets of JSON from the child to the runner, apart from all that tests can print to."""

import fcntl
import json
import os
import socket
import sys

#: Largest packet, in bytes.
PACKET = 64 << 10
#: Descriptors below this number are closed or taken by programs that think they know them all.
HIGH = (900, 200, 3)


class Channel:
    def __init__(self, descriptor):
        self._socket = socket.socket(fileno=_move_up(descriptor))
        self._pid = os.getpid()
        self._identity = self._identify()
        self._owed = 0

    def send(self, frame):
        """Sends one frame; its longest text is shortened in the middle where it does not fit."""
        # A test may have forked, or closed all descriptors and opened its own under our number.
        if os.getpid() != self._pid or self._identify() != self._identity:
            return False
        packet = _encode(frame)
        while len(packet) > PACKET:
            key = max((k for k in frame if isinstance(frame[k], str)), key=lambda k: len(frame[k]))
            size = max(len(frame[key]) * PACKET // len(packet) * 9 // 10, 100)
            frame = dict(frame, **{key: shorten(frame[key], size)})
            packet = _encode(frame)
        try:
            self._socket.send(packet)
        except OSError:
            return False
        return True

    def boundary(self, frame):
        """Sends a frame that divides output: all written before belongs before it, all after it after it.

        The runner answers when it has read what lies in the pipes; until then this process writes nothing.
        """
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (AttributeError, OSError, ValueError):
                pass
        if not self.send(frame):
            return
        # Counted, because an interrupt may have come between a frame and its answer.
        self._owed += 1
        while self._owed:
            try:
                answer = self._socket.recv(16)
            except OSError:
                return
            if not answer:
                return
            self._owed -= 1

    def _identify(self):
        try:
            status = os.fstat(self._socket.fileno())
        except OSError:
            return None
        return status.st_dev, status.st_ino


def _move_up(descriptor):
    for lowest in HIGH:
        try:
            moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, lowest)
        except OSError:
            continue
        os.close(descriptor)
        return moved
    return descriptor


def _encode(frame):
    # Half characters, which Python has where bytes are not UTF-8, are not JSON.
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def shorten(text, size):
    """The beginning and the end of a text, with a note of what is missing."""
    if len(text) <= size:
        return text
    head = size * 2 // 3
    tail = size - head
    missing = len(text) - head - tail
    return "%s\n[… %d characters left out …]\n%s" % (text[:head], missing, text[len(text) - tail :])
