"""What the zygote imports: what every child would, and nothing of the tests."""

import importlib
import os
import pkgutil
import re
import sys

#: What pytest imports only when a session starts.
LATER = ("code", "faulthandler", "pdb", "readline")
#: Where settings of pytest are written, each of which may forbid plugins.
SETTINGS = ("pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg")
#: Most that is read of one of them, in bytes.
MOST = 1 << 20


def set_path():
    """Sets `sys.path` to what the `pytest` command has."""
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    sys.path[:] = [entry for entry in sys.path if entry != here]
    if os.path.isfile(script()):
        sys.path.insert(0, os.path.dirname(script()))


def script():
    """The `pytest` command of this interpreter."""
    return os.path.join(os.path.dirname(sys.executable), "pytest")


def set_arguments(arguments):
    """Sets `sys.argv` to what the `pytest` command has."""
    sys.argv = [script(), *arguments]


def pytest_itself(rehearse_in=None):
    """Imports pytest, and what of ours needs it. Tells whether it could; what fails fails again in the child."""
    set_path()
    try:
        from testrunner_runtime import mount  # noqa: F401

        _import_later()
        if rehearse_in is not None:
            from testrunner_runtime import rehearsal

            rehearsal.rehearse(rehearse_in)
        return True
    except BaseException:
        return False


def look_into(folder):
    """Has Python list a folder that it will import from, so that not each child has to. It looks again when it changes."""
    finder = pkgutil.get_importer(folder)
    if hasattr(finder, "find_spec"):
        finder.find_spec("testrunner_runtime_of_no_such_name")


def pytest_alone():
    """Imports pytest and its own plugins. What fails here fails again in the child, which reports it."""
    if not pytest_itself():
        return None
    try:
        from _pytest.config import get_config

        return get_config()
    except BaseException:
        return None


def _import_later():
    for name in LATER:
        try:
            importlib.import_module(name)
        except ImportError:
            # Not every Python has them all.
            pass
    # Makes its pattern at the first call.
    os.path.expandvars("$")


def with_plugins(args):
    """Imports the installed plugins too, as pytest does it: with assertions rewritten."""
    config = pytest_alone()
    if config is None:
        return
    try:
        from _pytest.assertion import install_importhook

        hook = install_importhook(config)
        for entry, modules in _allowed(args):
            # Before its import, as pytest does.
            hook.mark_rewrite(*modules)
            try:
                entry.load()
            except BaseException:
                continue
    except BaseException:
        return
    finally:
        # Takes the import hook away, each child has its own.
        config._ensure_unconfigure()


def _allowed(args):
    """The installed plugins that nothing forbids, with the modules of their distributions."""
    words = list(args) + [os.environ.get("PYTEST_ADDOPTS", "")] + list(_settings(os.getcwd()))
    text = "\n".join(words)
    if os.environ.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD") or "--disable-plugin-autoload" in text:
        return
    from importlib.metadata import distributions

    from _pytest.config import _iter_rewritable_modules

    forbidden = set(re.findall(r"no:([^\s'\",\]]+)", text))
    for distribution in distributions():
        entries = [entry for entry in distribution.entry_points if entry.group == "pytest11"]
        entries = [entry for entry in entries if entry.name not in forbidden]
        if entries:
            files = [str(file) for file in distribution.files or ()]
            modules = list(_iter_rewritable_modules(files))
            for entry in entries:
                yield entry, modules


def _settings(folder):
    """What the settings files of a folder and those above it say."""
    while True:
        for name in SETTINGS:
            try:
                with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as file:
                    yield file.read(MOST)
            except OSError:
                pass
        above = os.path.dirname(folder)
        if above == folder:
            return
        folder = above
