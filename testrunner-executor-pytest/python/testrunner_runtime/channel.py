"""The result channel: packets of JSON from the child to the runner, apart from all that tests can print to.

Each packet begins with a key and a number that grows. The first packet of all, sent before anything of the tests
is there, says what the keys are: one for what happens in the session, one for its end. Both are known to the
closures below and to nothing that has a name: who finds the socket can say nothing on it that is believed. The
runner also sees which process has sent a packet.
"""

import fcntl
import json
import os
import socket
import sys
import termios

#: Largest packet, in bytes.
PACKET = 64 << 10
#: Bytes of a key and of the number behind it.
KEY, NUMBER = 16, 8
#: Descriptors below this number are closed or taken by programs that think they know them all.
HIGH = (900, 200, 3)

#: Bound now, as all that is used below: what tests put in its place later is not ours.
_to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_ioctl, _close = fcntl.ioctl, os.close
#: What FIONREAD says of an empty pipe: a zero as C has it.
_EMPTY = bytes(4)


class Channel:
    """What may be said while the session goes on."""

    __slots__ = ("boundary", "send")

    def __init__(self, send, boundary):
        #: Sends one frame; its longest text is shortened in the middle where it does not fit.
        self.send = send
        #: Sends a frame that divides output: all written before belongs before it, all after it after it.
        self.boundary = boundary


def nobody():
    """A channel on which nobody listens."""
    return Channel(lambda frame: False, lambda frame: None)


class _Pipe:
    """The end of a pipe that tests write to, kept to see whether the runner has read everything."""

    __slots__ = ("_number",)

    def __init__(self, descriptor):
        self._number = _move_up(descriptor)

    def __del__(self):
        try:
            _close(self._number)
        except OSError:
            # A test has closed it.
            pass

    def is_empty(self):
        try:
            return _ioctl(self._number, termios.FIONREAD, _EMPTY) == _EMPTY
        except OSError:
            return False


def connect(descriptor, *outputs):
    """The channel, and the function that says, once, how pytest has ended, and whether this process stays for another
    file. `outputs` are what tests write to."""
    link = socket.socket(fileno=_move_up(descriptor))
    transmit, receive, number, leave = link.send, link.recv, link.fileno, link.close
    are_empty = [_Pipe(output).is_empty for output in outputs]
    getpid, fstat = os.getpid, os.fstat
    key, seal = os.urandom(KEY), os.urandom(KEY)
    count = owed = 0

    def identify():
        try:
            status = fstat(number())
        except OSError:
            return None
        return getpid(), status.st_dev, status.st_ino

    identity = identify()
    transmit(_encode({"t": "hello", "key": key.hex(), "seal": seal.hex()}))

    def say(frame, signature):
        nonlocal count
        # A test may have forked, or closed all descriptors and opened its own under our number.
        if identify() != identity:
            return False
        # Before it is sent: an interrupt between the two must not have a number used twice.
        count += 1
        try:
            transmit(signature + count.to_bytes(NUMBER, "big") + _fitting(frame))
        except OSError:
            return False
        return True

    def divide(frame, signature):
        """Where something lies in the pipes the runner answers when it has read it; until then this process writes
        nothing."""
        nonlocal owed
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (AttributeError, OSError, ValueError):
                pass
        if all(is_empty() for is_empty in are_empty):
            say(frame, signature)
            return
        if not say(dict(frame, waits=True), signature):
            return
        # Counted, because an interrupt may have come between a frame and its answer.
        owed += 1
        while owed:
            try:
                answer = receive(16)
            except OSError:
                return
            if not answer:
                return
            owed -= 1

    def send(frame):
        return say(frame, key)

    def boundary(frame):
        divide(frame, key)

    def close(status, stays=False):
        divide({"t": "closed", "status": status}, seal)
        if stays:
            # Left to be collected, it would be a warning, in the middle of a test of the next file.
            leave()

    return Channel(send, boundary), close


def _move_up(descriptor):
    for lowest in HIGH:
        try:
            moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, lowest)
        except OSError:
            continue
        os.close(descriptor)
        return moved
    return descriptor


def _fitting(frame):
    packet, room = _encode(frame), PACKET - KEY - NUMBER
    while len(packet) > room:
        key = max((k for k in frame if isinstance(frame[k], str)), key=lambda k: len(frame[k]))
        size = max(len(frame[key]) * room // len(packet) * 9 // 10, 100)
        frame = dict(frame, **{key: shorten(frame[key], size)})
        packet = _encode(frame)
    return packet


def _encode(frame):
    # Half characters, which Python has where bytes are not UTF-8, are not JSON.
    return _to_json(frame).encode("utf-8", "replace")


def shorten(text, size):
    """The beginning and the end of a text, with a note of what is missing."""
    if len(text) <= size:
        return text
    head = size * 2 // 3
    tail = size - head
    missing = len(text) - head - tail
    return "%s\n[… %d characters left out …]\n%s" % (text[:head], missing, text[len(text) - tail :])
