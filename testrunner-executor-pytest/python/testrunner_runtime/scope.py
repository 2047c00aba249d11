"""Scoped collection: on the way down to its file, pytest sees nothing of what lies beside the way.

It would make a node for every neighbour of the file, only to put them aside: work that grows with the folder.
"""

import contextlib
import os

import pytest


class Scope:
    """The plugin that narrows pytest's view while it collects."""

    def __init__(self):
        #: What is seen of each folder above the file.
        self._seen = {}

    def move(self, file):
        """Goes on with this file."""
        self._seen = {}
        below = os.path.abspath(file)
        while True:
            folder, name = os.path.split(below)
            if folder == below:
                break
            self._seen[folder] = name
            below = folder

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_collection(self):
        with self.narrowed():
            yield

    @contextlib.contextmanager
    def narrowed(self):
        from _pytest import main, python

        # Before pytest 8 only packages did this, in another way.
        rooms = [room for room in (main, python) if hasattr(main, "Dir") and hasattr(room, "scandir")]
        originals = [room.scandir for room in rooms]
        for room in rooms:
            room.scandir = self._narrowed(room.scandir)
        try:
            yield
        finally:
            for room, original in zip(rooms, originals):
                room.scandir = original

    def _narrowed(self, scandir):
        def narrowed(path, *rest, **more):
            name = self._seen.get(str(path))
            if name is None:
                return scandir(path, *rest, **more)
            # A package's own file comes first, as there.
            names = ("__init__.py", name) if name != "__init__.py" else (name,)
            return [Entry(path, name) for name in names if os.path.exists(os.path.join(path, name))]

        return narrowed


class Entry:
    """As much of `os.DirEntry` as collectors look at."""

    def __init__(self, folder, name):
        self.name = name
        self.path = os.path.join(folder, name)

    def __fspath__(self):
        return self.path

    def is_dir(self):
        return os.path.isdir(self.path)

    def is_file(self):
        return os.path.isfile(self.path)
