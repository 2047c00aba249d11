"""The rehearsal: pytest runs a file of ours from its beginning to its end, before anything of the user's is loaded.

What it leaves is what each child would have to do for itself: code that the interpreter has specialised, caches that are
filled. It knows no plugins but pytest's own, and no settings.
"""

import gc
import os
import shutil
import sys

from testrunner_runtime import channel, child, mount, packet

NAME = "testrunner_rehearsal_test"
#: The interpreter specialises what runs some times.
TESTS = 8
#: Variables of the user's that pytest would obey.
VARIABLES = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS")


def rehearse(folder):
    """Uses a folder that is not there yet. Leaves the process as it was; should it fail, nothing is lost but time."""
    environment, path, arguments, modules = dict(os.environ), sys.path[:], sys.argv, set(sys.modules)
    try:
        os.mkdir(folder)
        _run(folder)
    except BaseException:
        # What is wrong with this pytest is found, and told, with the first file.
        pass
    finally:
        os.environ.clear()
        os.environ.update(environment)
        sys.path[:], sys.argv = path, arguments
        sys.path_importer_cache.pop(folder, None)
        for name in set(sys.modules) - modules:
            if name == NAME:
                del sys.modules[name]
        shutil.rmtree(folder, ignore_errors=True)
        # Some of it is held by itself, with a socket.
        gc.collect()


def _run(folder):
    import pytest

    file = os.path.join(folder, NAME + ".py")
    with open(file, "w") as text:
        for n in range(TESTS):
            text.write("def test_%d():\n    assert [%d] * 2 == [%d, %d]\n" % (n, n, n, n))
    for name in VARIABLES:
        os.environ.pop(name, None)
    os.environ.update(PYTEST_DISABLE_PLUGIN_AUTOLOAD="1", TESTRUNNER_CACHE=folder)
    args = ["-s", "--noconftest", "-o", "cache_dir=$TESTRUNNER_CACHE", "-c", os.devnull]
    args += ["--rootdir=" + folder, "--confcutdir=" + folder]
    job = {"args": args, "arg": file, "file": file, "stay": False}
    runner, ours = packet.pair()
    with runner:
        link, close = channel.connect(ours.detach())
        plugins, _ = mount.mount(job, link, close, None)
        close(int(pytest.main(child.command_line(job), plugins=plugins)))
