"""Control sockets: one JSON message a packet, some with descriptors."""

import array
import json
import os
import socket

#: Largest message, in bytes.
LARGEST = 1 << 17
#: Most descriptors in one message.
DESCRIPTORS = 3


def take_standard_input():
    """The control socket, which is descriptor 0. That becomes what tests read from: nothing."""
    control = socket.socket(fileno=os.dup(0))
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.close(null)
    return control


def hand_over(control):
    """Makes the socket standard input again, for the program that this process becomes."""
    os.dup2(control.fileno(), 0)


def adopt(descriptor):
    return socket.socket(fileno=descriptor)


def receive(control):
    return receive_with(control)[0]


def receive_with(control):
    """The next message and its descriptors; no message at the end."""
    room = socket.CMSG_SPACE(DESCRIPTORS * array.array("i").itemsize)
    try:
        packet, ancillary, _, _ = control.recvmsg(LARGEST, room, socket.MSG_CMSG_CLOEXEC)
    except OSError:
        return None, ()
    descriptors = array.array("i")
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            descriptors.frombytes(data[: len(data) - len(data) % descriptors.itemsize])
    return (json.loads(packet.decode()) if packet else None), tuple(descriptors)


def pair():
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def send_with(control, message, descriptors):
    """Whether the other side was there to take it."""
    room = array.array("i", descriptors)
    try:
        control.sendmsg([json.dumps(message).encode()], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, room)])
    except OSError:
        return False
    return True


def send(control, message):
    """Whether the other side was there to take it."""
    try:
        control.send(json.dumps(message).encode())
    except OSError:
        return False
    return True
