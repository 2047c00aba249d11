"""Remembers which names in plugins are hooks and fixtures.

pytest and pluggy look at every attribute of every plugin, which is most of what the start of a session costs.
"""

import sys
import types

#: Packages whose classes stay as they are.
OURS = ("_pytest", "testrunner_runtime")
MARKS = {"_pytestfixturefunction", "__pytest_wrapped__"}
#: As deep as we look.
WRAPS = 10


def remember(plugins):
    """To be called where plugins are loaded and no test is.

    Holds for modules until something is added to them, and for objects of pytest's own classes.
    """
    import pluggy._manager
    from _pytest import fixtures

    # Found there before the built-in function of that name. Set first, because it changes the module.
    fixtures.dir = lambda thing: fixtures_of(thing)
    pluggy._manager.dir = lambda thing: hooks_of(thing)
    modules = {}
    for plugin in plugins:
        if isinstance(plugin, types.ModuleType) and plugin is sys.modules.get(plugin.__name__):
            space = vars(plugin)
            modules[id(space)] = space, len(space), [name for name in dir(plugin) if _is_fixture(space.get(name))]
    hooks, fixed = {}, {}
    for kind in _classes():
        names = dir(kind)
        # Other names cannot be those of hooks, says pytest's manager of plugins.
        hooks[kind] = [name for name in names if name.startswith("pytest_")]
        fixed[kind] = [name for name in names if _is_fixture(_written(kind, name))]

    def fixtures_of(thing):
        if isinstance(thing, types.ModuleType):
            space = vars(thing)
            _, size, names = modules.get(id(space), (None, -1, None))
            return names if size == len(space) else dir(thing)
        names = fixed.get(type(thing))
        return dir(thing) if names is None else names

    def hooks_of(thing):
        names = hooks.get(type(thing))
        return dir(thing) if names is None else names


def _classes():
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in OURS:
            for kind in list(vars(module).values()):
                if isinstance(kind, type) and kind.__module__ == name:
                    yield kind


def _written(kind, name):
    """An attribute of a class as it was written, by whichever class."""
    return next((vars(base)[name] for base in kind.__mro__ if name in vars(base)), None)


def _is_fixture(value):
    """Whether it is one or wraps one, at which pytest warns. Before pytest 8.4 they were functions with a mark."""
    for _ in range(WRAPS):
        if type(value).__name__ == "FixtureFunctionDefinition":
            return True
        try:
            attributes = vars(value)
        except TypeError:
            return False
        if not MARKS.isdisjoint(attributes):
            return True
        if "__wrapped__" not in attributes:
            return False
        value = attributes["__wrapped__"]
    return True
