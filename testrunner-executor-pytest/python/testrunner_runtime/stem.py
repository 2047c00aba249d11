"""The stem: has pytest ready before there is a Testrun, and forks a zygote for each. No test ever runs in it.

It talks with the runner over its standard input, one JSON message a packet, each with a descriptor: the control socket
of the process that is forked for it.

* `{"t": "template", "args": […]}`: one that goes on to where pytest meets the tests, as with these arguments in the
  stem's folder, and then forks zygotes as the stem does
* `{"t": "zygote"}`: a zygote, which waits for its Testrun

Each says `{"t": "ready"}` when it is. A zygote is then told, before what all zygotes are told:

* `{"t": "begin", "root": …, "folder": …, "env": {…}, "stderr": …}`: where its tests are, the session's folder, variables,
  and where to complain

Each leaves at the end of file on its socket. Those of whom others were forked wait for these first.
"""

import json
import os
import select
import sys

from testrunner_runtime import packet, processes, scratch


def serve(control, folder=None):
    """Returns in forks only: with their control socket, and what they are to be. `folder` goes with this process."""
    wake, waker = processes.watch_children()
    packet.send(control, {"t": "ready"})
    while True:
        ready, _, _ = select.select([control, wake], [], [])
        if wake in ready:
            processes.drain(wake)
            processes.reap_any()
        if control not in ready:
            continue
        words, descriptors = packet.receive_with(control)
        if words is None:
            _leave(folder)
        (mine,) = descriptors
        if os.fork() == 0:
            processes.forget_children(wake, waker)
            control.close()
            os.setpgid(0, 0)
            processes.become_subreaper()
            return packet.adopt(mine), words
        os.close(mine)


def begin(control):
    """In a zygote: waits for its Testrun, and enters its folder. Returns that of the session, and the root."""
    packet.send(control, {"t": "ready"})
    words = packet.receive(control)
    if words is None:
        os._exit(0)
    said = os.open(words["stderr"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(said, 2)
    os.close(said)
    os.chdir(words["root"])
    os.environ.update(words["env"])
    return words["folder"], words["root"]


def tell_loaded(file):
    """Writes down which files this process was made of, so that the runner sees when they change."""
    paths = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
    for folder in sys.path:
        paths.add(folder)
        try:
            names = os.listdir(folder)
        except OSError:
            continue
        infos = [os.path.join(folder, name) for name in names if name.endswith((".dist-info", ".egg-info"))]
        paths.update(infos)
        paths.update(os.path.join(info, "entry_points.txt") for info in infos)
        paths.update(os.path.join(folder, name) for name in names if name.endswith((".pth", ".egg-link")))
    with open(file, "w") as out:
        json.dump(sorted(filter(None, paths)), out)


def _leave(folder):
    """Those that were forked end by themselves: each has a socket of its own."""
    while True:
        try:
            os.wait()
        except ChildProcessError:
            break
    if folder is not None:
        scratch.remove_if_orphaned(folder)
    os._exit(0)
