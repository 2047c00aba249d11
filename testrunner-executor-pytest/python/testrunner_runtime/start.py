"""The start of the zygote: what is done once, for all files.

How much that is has three tiers, each for where the one before does not fit:

* `prepared`: pytest has come to where it meets the tests
* `imported`: pytest and the plugins are imported; for settings that name plugins which are part of the tests
* `bare`: pytest is imported; for plugins that start threads, which do not survive a fork while the locks that they
  hold do

Where the runner wants zygotes ahead of need, a fourth, `stem`, forks them.
"""

import gc
import os
import sys

from testrunner_runtime import child, keeper, packet, preload, processes, relocation, scratch, stem, zygote

PREPARED, IMPORTED, BARE, STEM = "prepared", "imported", "bare", "stem"


def main(program, folder, tier=PREPARED, *args):
    """Serves the runner. In the processes that run a test file it does that, and leaves.

    `program` is the file that Python was started with, `folder` that of the session, and `args` what pytest will
    be told without the file, which comes last.
    """
    # Nothing is collected, which would leave holes that each child fills and thereby copies.
    gc.disable()
    processes.default_signals()
    child.prepare()
    start = Start(program, folder, packet.take_standard_input())
    processes.become_subreaper()
    if tier == PREPARED:
        start.prepare()
    elif tier == STEM:
        start.grow()
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
        #: Whether pytest is there already, from before this process was forked.
        self.has_pytest = False

    def prepare(self):
        """Comes back when pytest refuses what it was told, as it will in each child."""
        words = packet.receive(self.control)
        if words is None:
            scratch.remove_if_orphaned(self.folder)
            os._exit(0)
        if not (self.has_pytest or self._import_pytest(words["rehearse"])):
            return
        from testrunner_runtime import prepared

        preload.look_into(os.path.dirname(os.path.abspath(words["file"])))

        def fork(obstacle):
            self._end_threads()
            if obstacle:
                self._again(IMPORTED, words["args"])
            return self.divide()

        prepared.start(words["args"], words["file"], fork)

    def grow(self):
        """Forks zygotes and, of a template, zygotes that are prepared; comes back in the zygotes only."""
        self.has_pytest = self._import_pytest(True)
        places = relocation.Places(os.getcwd())
        if not self.has_pytest or processes.has_threads() or not places.find():
            os._exit(1)
        stem.tell_loaded(os.path.join(self.folder, "files", "loaded"))
        gc.freeze()
        try:
            self.control, words = stem.serve(self.control, self.folder)
        finally:
            # In forks.
            gc.unfreeze()
        if words["t"] == "template":
            self._prepare_template(words["args"])
        else:
            self.folder, root = stem.begin(self.control)
            places.move(root)
            self.prepare()

    def _prepare_template(self, args):
        from testrunner_runtime import prepared

        root = os.getcwd()

        def fork(obstacle):
            places = relocation.Places(root)
            if obstacle or processes.has_threads() or not places.find():
                os._exit(1)
            stem.tell_loaded(os.path.join(self.folder, "files", "loaded"))
            gc.freeze()
            self.control, _ = stem.serve(self.control)
            self.folder, moved = stem.begin(self.control)
            places.move(moved)
            return self.divide()

        prepared.start(args, os.path.join(root, "test.py"), fork)
        # pytest refuses these arguments.
        os._exit(1)

    def load(self, args):
        preload.with_plugins(args)
        self._end_threads()

    def divide(self):
        """Forks keepers, and they children, in which alone it returns: with what `child.run` takes."""
        # What is here stays. Looking at it again in every child would copy all its pages.
        gc.freeze()
        control = zygote.Zygote(self.control, self.folder).serve()
        return child.become(*keeper.Keeper(control).serve())

    def _import_pytest(self, rehearse):
        stage = os.path.join(self.folder, "files", "rehearsal") if rehearse else None
        return preload.pytest_itself(stage)

    def _end_threads(self):
        if processes.has_threads():
            self._again(BARE)

    def _again(self, tier, args=()):
        """Starts this process afresh, with less done before it forks."""
        packet.hand_over(self.control)
        os.execv(sys.executable, [sys.executable, self.program, self.folder, tier, *args])
