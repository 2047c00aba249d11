"""How far the start of pytest may go for all files at once, and for which files that holds."""

import os
import pathlib
import re
import sys
import sysconfig

from testrunner_runtime import preload

#: Hooks between the settings and the tests, at which plugins begin their work.
BEGINNINGS = (
    "pytest_load_initial_conftests",
    "pytest_cmdline_main",
    "pytest_configure",
    "pytest_sessionstart",
    "pytest_plugin_registered",
    "pytest_collection",
)
#: Whose work there may be done once for all files: it starts nothing and touches nothing outside of the process.
HARMLESS = {
    "_hypothesis_pytestplugin",
    "_pytest",
    "anyio",
    "pytest_asyncio",
    "pytest_mock",
    "pytest_timeout",
    "testrunner_runtime",
    "xdist",
}
#: Options with which pytest itself begins something there.
SPOILING = ("debug", "log_file", "pastebin")
#: What in a conftest has to be there before that.
EARLY = re.compile(
    r"pytest_(addhooks|addoption|cmdline|collection\b|configure|load_initial|parse|plugin|report_header|sessionstart)"
    r"|import\s*\*"
)


def loads_tests(config):
    """Whether plugins were named that are not installed, but part of what is tested."""
    named = [name for name in config.known_args_namespace.plugins if not name.startswith("no:")]
    named += os.environ.get("PYTEST_PLUGINS", "").split(",")
    installed = [os.path.realpath(sysconfig.get_path(kind)) + os.sep for kind in ("purelib", "platlib", "stdlib")]
    for name in filter(None, named):
        module = sys.modules.get(name) or config.pluginmanager.get_plugin(name)
        file = getattr(module, "__file__", None)
        if not file or not os.path.realpath(file).startswith(tuple(installed)):
            return True
    return False


def may_wait(config, file):
    """Whether a session may begin before its file is known; judged for this one, more may come."""
    options = config.known_args_namespace
    if any(getattr(options, name, None) for name in SPOILING):
        return False
    if config.pluginmanager.hasplugin("logging") and config.getini("log_file"):
        return False
    for name in BEGINNINGS:
        hook = getattr(config.hook, name)
        if any(each.function.__module__.partition(".")[0] not in HARMLESS for each in hook.get_hookimpls()):
            return False
    return _conftests_may_wait(config, file)


def holds_for(config, args, job):
    """Whether pytest would come to the same for this file as it did with these arguments.

    It looks for settings from the file's folder upwards; what was prepared is from the working folder upwards.
    """
    if job["args"] != args:
        return False
    options = config.known_args_namespace
    if options.inifilename and options.rootdir:
        return True
    folder = os.path.dirname(os.path.realpath(job["file"]))
    top = os.path.realpath(os.getcwd())
    while folder != top:
        if any(os.path.exists(os.path.join(folder, name)) for name in (*preload.SETTINGS, "setup.py")):
            return False
        above = os.path.dirname(folder)
        if above == folder:
            return False
        folder = above
    return True


def holds_later_for(config, args, job):
    """The same where a session has begun."""
    return holds_for(config, args, job) and _conftests_may_wait(config, job["file"])


def _conftests_may_wait(config, file):
    folder = os.path.dirname(os.path.abspath(file))
    top = os.path.abspath(config.known_args_namespace.confcutdir or config.rootpath)
    while True:
        conftest = os.path.join(folder, "conftest.py")
        if os.path.exists(conftest):
            try:
                with open(conftest, encoding="utf-8", errors="replace") as text:
                    if EARLY.search(text.read()):
                        return False
            except OSError:
                # pytest will say what is wrong with it.
                return False
        if folder == top:
            return True
        above = os.path.dirname(folder)
        if above == folder:
            return False
        folder = above


def make_own(config, job):
    """Gives a child its own of what the session has begun with."""
    cache = getattr(config, "cache", None)
    if cache is not None:
        object.__setattr__(cache, "_cachedir", pathlib.Path(job["env"]["TESTRUNNER_CACHE"]))
    traces = _faulthandler_output(config)
    if traces is not None:
        os.dup2(2, traces, inheritable=False)


def _faulthandler_output(config):
    """The descriptor that pytest's faulthandler writes to. None where it is not in use."""
    try:
        from _pytest import faulthandler
    except ImportError:
        return None
    # The first versions of pytest 7 keep a file, not its descriptor.
    for name in ("fault_handler_stderr_fd_key", "fault_handler_stderr_key"):
        kept = config.stash.get(getattr(faulthandler, name, None), None)
        if kept is not None:
            return kept if isinstance(kept, int) else kept.fileno()
    return None
