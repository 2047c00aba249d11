"""Relocation: what was prepared in one folder is made what it would be, had it been prepared in another.

The folder's name is one that nothing else has, so all that mentions it can be found and rewritten. Where something does
that cannot be rewritten, such as the key of a table of what was seen there, nothing is relocated.
"""

import dis
import gc
import os
import pathlib
import sys
import types

#: Containers that the collector does not follow where their content cannot be part of a cycle.
LOOSE = (dict, tuple)
#: How functions come back to what they have passed.
JUMPS = frozenset(dis.hasjrel + dis.hasjabs)


class Places:
    """All that mentions a folder."""

    def __init__(self, folder):
        self.folder = folder
        self._bytes = os.fsencode(folder)
        self._places = []

    def find(self):
        """Whether all of them can be rewritten."""
        self._places = []
        held = gc.get_referents(*gc.get_objects())
        # What holds nothing that may be part of a cycle is not among the objects that the collector knows.
        loose = {id(value): value for value in held if type(value) in LOOSE and not gc.is_tracked(value)}
        held += gc.get_referents(*loose.values())
        found = {id(value): value for value in held if self._is_told_in(value)}
        del held
        holders, todo = {}, list(found.values())
        while todo:
            known = {id(value) for value in todo}
            more = [thing for thing in loose.values() if not known.isdisjoint(map(id, gc.get_referents(thing)))]
            more += gc.get_referrers(*todo)
            # A tuple is looked for where it is held, as a path is.
            todo = [thing for thing in more if type(thing) is tuple and id(thing) not in holders]
            holders.update((id(thing), thing) for thing in more)
        ours = {id(each) for each in (self, vars(self), self._places, found, loose, holders, todo, more)}
        # Functions that run are looked at below.
        passed_over = (tuple, types.FrameType, pathlib.PurePath)
        things = [thing for key, thing in holders.items() if key not in ours and not isinstance(thing, passed_over)]
        # Found by itself, it would never be forgotten.
        holders.clear()
        return all(map(self._note, things)) and not any(map(self._mentions, _locals()))

    def move(self, folder):
        """Rewrites them, once."""
        places, self._places = self._places, []
        for put, thing, key, value in places:
            put(thing, key, self._moved(value, folder))
        self.folder = folder

    def _note(self, thing):
        if isinstance(thing, dict) and any(map(self._mentions, thing)):
            return False
        held = [(object.__setattr__, name, _get(thing, name)) for name in _names(thing)]
        if isinstance(thing, dict):
            held += [(_put_item, key, value) for key, value in thing.items()]
        elif isinstance(thing, list):
            held += [(_put_item, n, value) for n, value in enumerate(thing)]
        elif isinstance(thing, types.CellType):
            held += [(setattr, "cell_contents", thing.cell_contents)]
        places = [(put, thing, key, value) for put, key, value in held if self._mentions(value)]
        self._places += places
        return bool(places)

    def _mentions(self, value):
        if type(value) is tuple:
            return any(map(self._mentions, value))
        return self._is_told_in(value)

    def _is_told_in(self, value):
        if isinstance(value, str):
            return self.folder in value
        if isinstance(value, bytes):
            return self._bytes in value
        return isinstance(value, pathlib.PurePath) and self.folder in str(value)

    def _moved(self, value, folder):
        kind = type(value)
        if isinstance(value, bytes):
            return value.replace(self._bytes, os.fsencode(folder))
        if kind is tuple:
            return tuple(self._moved(part, folder) if self._mentions(part) else part for part in value)
        return kind(str(value).replace(self.folder, folder))


def _put_item(thing, key, value):
    thing[key] = value


def _names(thing):
    """What an object has of its own, whatever way it keeps it."""
    names = list(getattr(thing, "__dict__", ()))
    for kind in type(thing).__mro__:
        slots = vars(kind).get("__slots__", ())
        names += [slots] if isinstance(slots, str) else slots
    return names


def _get(thing, name):
    try:
        return object.__getattribute__(thing, name)
    except AttributeError:
        return None


def _locals():
    """What the functions hold that have called us, and will still look at, but for our own."""
    frame = sys._getframe(1)
    while frame is not None:
        if not frame.f_globals.get("__name__", "").startswith(("testrunner_runtime", "__main__")):
            for name, value in frame.f_locals.items():
                if _is_used_later(frame, name):
                    yield value
        frame = frame.f_back


def _is_used_later(frame, name):
    steps, now = list(dis.get_instructions(frame.f_code)), frame.f_lasti
    jumps = [step.argval for step in steps if step.opcode in JUMPS and step.offset > now]
    first = min([now, *jumps])
    for step in steps:
        if step.offset > first and ("LOAD_FAST" in step.opname or "LOAD_DEREF" in step.opname):
            if name == step.argval or isinstance(step.argval, tuple) and name in step.argval:
                return True
    return False
