"""What is compared: a name, a command, and what it says of the tests that it ran."""

import dataclasses
import re

from bench.environments import environment
from bench.place import HOME

OURS = "testrunner"
OURS_GROUP = "testrunner --isolation-level group"
PYTEST = "pytest, one process"
LOAD = "pytest -n 2 (load)"
LOADFILE = "pytest -n 2 --dist loadfile"
WORKSTEAL = "pytest -n 2 --dist worksteal"
SEQUENTIAL = "a process per file, one by one"
TWO = "a process per file, two at a time"
KARVA, RTEST, RUSTEST = "karva", "rtest", "rustest"
#: They bring a runner of their own; compared only where they count as pytest does.
OTHERS = (KARVA, RTEST, RUSTEST)

#: A count in the last lines of a runner; "2 xfailed" is not "2 failed".
COUNT = re.compile(r"(\d+) (passed|failed|errors?|skipped|xfailed|xpassed)\b")
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


@dataclasses.dataclass(frozen=True)
class Peer:
    name: str
    command: tuple
    folder: str
    codes: tuple
    #: Longest time, in seconds.
    bound: float = 900
    environment: tuple = ()
    #: Takes so long that it runs once a session.
    slow: bool = False

    @property
    def more(self):
        return dict(self.environment)


def ours(batch, program, data, *words):
    """`testrunner run` on a batch."""
    command = (program, "--data-dir", data, "run", "--python", batch.python, "-j", "2", *words, *batch.paths)
    return Peer(OURS, command, batch.folder, batch.codes)


def peer(name, batch, program, data):
    """A peer on a batch. Raises `Unbuilt` where it cannot be installed."""
    pytest = (batch.python, "-m", "pytest", "-q")

    def plain(*words):
        return Peer(name, (*pytest, *words, *batch.paths), batch.folder, batch.codes)

    known = {
        OURS: lambda: ours(batch, program, data),
        OURS_GROUP: lambda: dataclasses.replace(ours(batch, program, data, "--isolation-level", "group"), name=name),
        PYTEST: plain,
        LOAD: lambda: plain("-n", "2"),
        LOADFILE: lambda: plain("-n", "2", "--dist", "loadfile"),
        WORKSTEAL: lambda: plain("-n", "2", "--dist", "worksteal"),
        SEQUENTIAL: lambda: per_file(name, batch, pytest, 1),
        TWO: lambda: per_file(name, batch, pytest, 2),
    }
    return known[name]() if name in known else other(name, batch)


def per_file(name, batch, pytest, at_once):
    listed = HOME / f"{batch.name}-files"
    listed.write_text("".join(f"{file}\n" for file in batch.files))
    command = ("xargs", "-a", listed, "-n", "1", "-P", str(at_once), *pytest)
    # 123: some file failed, or had nothing to run, as far as pytest's codes may say so.
    return Peer(name, command, batch.folder, (0, 123) if 1 in batch.codes else (0,), slow=True)


def other(name, batch):
    """One of the runners that are not pytest."""
    suite = batch.name if 1 in batch.codes else None
    folder = environment(name, suite).parent
    words = {
        KARVA: (folder / "karva", "test"),
        RTEST: (folder / "rtest", "--runner", "native", "-n", "2"),
        RUSTEST: (folder / "rustest", "--pytest-compat"),
    }[name]
    path = f"{folder}:/usr/local/bin:/usr/bin:/bin"
    return Peer(
        name, (*words, *batch.paths), batch.folder, (0, 1), bound=90,
        environment=(("VIRTUAL_ENV", str(folder.parent)), ("PATH", path)),
    )  # fmt: skip


def counts(output):
    """What a runner says that it counted, by the last figure for each word."""
    found = {}
    for number, word in COUNT.findall(ESCAPES.sub("", output)[-4000:]):
        found[word.removesuffix("s") if word.startswith("error") else word] = int(number)
    return {word: number for word, number in found.items() if number}
