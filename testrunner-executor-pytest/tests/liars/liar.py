"""What several liars need."""

import os
import socket
import stat


def results():
    """The socket that the runner hears results on, or, where there is no runner, one that nobody hears."""
    for descriptor in sorted(map(int, os.listdir("/proc/self/fd")), reverse=True):
        try:
            if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                return socket.socket(fileno=os.dup(descriptor))
        except OSError:
            continue
    nobody = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    kept.append(nobody)
    return nobody[0]


def reporter(request):
    """The runner's plugin; without a runner, None."""
    for plugin in request.config.pluginmanager.get_plugins():
        if type(plugin).__module__.startswith("testrunner_runtime") and type(plugin).__name__ == "Reporter":
            return plugin
    return None


kept = []
