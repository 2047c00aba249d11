"""The batches: folders of test files, made or fetched."""

import dataclasses
import pathlib
import shutil

import parity
from bench.environments import environment
from bench.place import HOME, note

TINY = """\
def test_a():
    assert 1 + 1 == 2


def test_b():
    assert 'a' in 'abc'


def test_c():
    assert [1] * 2 == [1, 1]
"""

#: Waits, then uses a processor for so many seconds.
LONG = """\
import time


def test_waits():
    time.sleep({sleep})


def test_computes():
    end = time.process_time() + {compute}
    while time.process_time() < end:
        sum(range(1_000))
"""

#: Seconds of each file of `skewed`, in order of name: 20 s together, so 10 s on two slots at best. Who goes by name meets a
#: long one too late.
SKEWED = (2.0, 1.5, 1.0, 1.0, *[0.4] * 5, *[4 / 29] * 29, 2.5, 6.0)
COMPUTING = 0.4

SUITES = ("jinja2", "click")
BATCHES = ("small100", "small1000", "skewed", *SUITES)


@dataclasses.dataclass(frozen=True)
class Batch:
    name: str
    #: Where commands run.
    folder: pathlib.Path
    #: Below it, in order.
    files: tuple
    #: What pytest is given.
    paths: tuple
    python: pathlib.Path
    #: Codes of pytest's that say that all of it ran. In a known suite a file may fail, alone or together.
    codes: tuple
    #: Seconds in which it cannot be done faster on two slots; `None` where nobody knows.
    bound: float = None
    #: Tests, all of which pass; `None` where pytest has to be asked.
    passed: int = None


def batch(name):
    """Makes or fetches a batch by its name; `smallN` for any N."""
    if name in SUITES:
        return suite(name)
    if name == "skewed":
        texts = [LONG.format(sleep=round(s * (1 - COMPUTING), 4), compute=round(s * COMPUTING, 4)) for s in SKEWED]
        return made(name, texts, 2, max(max(SKEWED), sum(SKEWED) / 2))
    return made(name, [TINY] * int(name.removeprefix("small")), 3)


def made(name, texts, tests, bound=None):
    folder = HOME / "batches" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    # So that no ini of a folder above counts, for anybody.
    (folder / "pytest.ini").write_text("[pytest]\n")
    files = [f"test_{n:05}.py" for n in range(len(texts))]
    for file, text in zip(files, texts):
        (folder / file).write_text(text)
    return Batch(name, folder, tuple(files), (".",), environment("pytest"), (0,), bound, tests * len(texts))


def suite(name):
    """A suite that `just parity` knows, in its own environment."""
    (project,) = (project for project in parity.PROJECTS if project.name == name)
    parity.HOME.mkdir(parents=True, exist_ok=True)
    note(f"{name}: sources and environment")
    folder = parity.sources(project)
    python = parity.environment(project, folder)
    if parity.run([python, "-c", "import xdist"], folder, check=False).returncode != 0:
        parity.run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "pytest-xdist"], folder)
    tests = folder / project.tests
    files = sorted(str(path.relative_to(folder)) for path in tests.rglob("test_*.py"))
    return Batch(name, folder, tuple(files), (project.tests,), python, (0, 1))
