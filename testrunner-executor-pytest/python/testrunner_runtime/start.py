"""The start of the zygote: what is done once, for all files.

How much that is has three tiers, each for where the one before does not fit:

* `prepared`: pytest has come to where it meets the tests
* `imported`: pytest and the plugins are imported; for settings that name plugins which are part of the tests
* `bare`: pytest is imported; for plugins that start threads, which do not survive a fork while the locks that they
  hold do
"""

import gc
import os
import sys

from testrunner_runtime import child, keeper, packet, preload, processes, scratch, zygote

PREPARED, IMPORTED, BARE = "prepared", "imported", "bare"


def main(program, folder, tier=PREPARED, *args):
    """Serves the runner. In the processes that run a test file it does that, and leaves.

    `program` is the file that Python was started with, `folder` that of the session, and `args` what pytest will
    be told without the file, which comes last.
    """
    # Nothing is collected, which would leave holes that each child fills and thereby copies.
    gc.disable()
    processes.default_signals()
    start = Start(program, folder, packet.take_standard_input())
    processes.become_subreaper()
    if tier == PREPARED:
        start.prepare()
    elif tier == IMPORTED:
        start.load(args)
    else:
        preload.pytest_alone()
    child.run(*start.divide())


class Start:
    def __init__(self, program, folder, control):
        self.program = program
        self.folder = folder
        self.control = control

    def prepare(self):
        """Comes back when pytest refuses what it was told, as it will in each child."""
        words = packet.receive(self.control)
        if words is None:
            scratch.remove_if_orphaned(self.folder)
            os._exit(0)
        if not preload.pytest_itself():
            return
        from testrunner_runtime import prepared

        def fork(obstacle):
            self._end_threads()
            if obstacle:
                self._again(IMPORTED, words["args"])
            return self.divide()

        prepared.start(words["args"], words["file"], fork)

    def load(self, args):
        preload.with_plugins(args)
        self._end_threads()

    def divide(self):
        """Forks keepers, and they children, in which alone it returns: with what `child.run` takes."""
        # What is here stays. Looking at it again in every child would copy all its pages.
        gc.freeze()
        control = zygote.Zygote(self.control, self.folder).serve()
        return child.become(*keeper.Keeper(control).serve())

    def _end_threads(self):
        if processes.has_threads():
            self._again(BARE)

    def _again(self, tier, args=()):
        """Starts this process afresh, with less done before it forks."""
        packet.hand_over(self.control)
        os.execv(sys.executable, [sys.executable, self.program, self.folder, tier, *args])
