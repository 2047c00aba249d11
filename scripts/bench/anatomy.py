"""What a test file costs, step by step, as the server itself tells it (`TESTRUNNER_LOG`)."""

import asyncio
import dataclasses
import datetime
import json
import os
import shutil
import tempfile
import time

import bench_server
from bench.batches import TINY
from bench.environments import Unbuilt, environment
from bench.figures import median
from bench.place import note

#: Who does it: TestRunner's own program, its processes in Python, pytest with the tests.
OURS, PROCESS, PYTEST = "ours", "process", "pytest"
FILTER = "warn,testrunner_core=trace,testrunner_executor_pytest=trace"
#: Of a Testrun of one file: what is told, who was at work until then, and with what.
TESTRUN = (
    ("a Testrun is stored", OURS, "received, planned, stored durably"),
    ("claimed", OURS, "found by a free slot, claimed"),
    ("the session is open", OURS, "files laid out, session opened"),
    ("the file begins", OURS, "next file chosen"),
    ("a keeper is there", PROCESS, "what was started ahead is taken"),
    ("it is there", PROCESS, "a process forked for the file"),
    ("collected", PYTEST, "file imported, tests collected"),
    ("a test has ended", PYTEST, "three tests"),
    ("pytest has ended", PYTEST, "session finished"),
    ("nothing of it is left", PROCESS, "process ended, none left behind"),
    ("the file has ended", OURS, "judged"),
    ("stored", OURS, "verdict stored durably"),
)
#: Of each further file of a Testrun: from one's end to the next one's.
FILE = (
    ("the file begins", OURS, "next file chosen"),
    ("a keeper is there", PROCESS, "a keeper that waits is taken"),
    *(step for step in TESTRUN if step[0] in ("it is there", "collected")),
    *(step for step in TESTRUN if step[0] in ("a test has ended", "pytest has ended", "nothing of it is left")),
    ("the file has ended", OURS, "judged"),
)
TOLD = "the client is told"


@dataclasses.dataclass
class Step:
    """What was done between two marks."""

    about: str
    who: str
    #: Median.
    ms: float


def measure(options, figures):
    """One slot, so that steps do not wait for each other's processor."""
    note("steps: Testruns of one file, then one of a hundred, on one slot")
    try:
        python = environment("pytest")
    except Unbuilt as error:
        return figures.miss("what a file costs, step by step", error)
    bench_server.PROGRAM = options.testrunner
    folder = tempfile.mkdtemp(prefix="testrunner-bench-")
    os.environ["TESTRUNNER_LOG"] = FILTER
    try:
        server = bench_server.Server(folder, "--python", python, "-j", "1", "--log-format", "json")
        try:
            runs = asyncio.run(one_by_one(server, 20 if options.quick else 50))
            many = asyncio.run(hundred(server))
        finally:
            server.stop()
        lines = read(server.folder / "stderr")
        figures.steps = {"testrun": of_testruns(lines, runs), "file": of_files(lines, many)}
    except (SystemExit, OSError, asyncio.IncompleteReadError, ValueError) as error:
        figures.miss("what a file costs, step by step", error)
    finally:
        del os.environ["TESTRUNNER_LOG"]
        shutil.rmtree(folder, ignore_errors=True)


async def one_by_one(server, times):
    """By Testrun: when it was sent, and when its end was heard."""
    took = {}
    for _ in range(3 + times):
        # As people do, and not while what was used is replaced.
        await asyncio.sleep(0.3)
        begun = time.time()
        run = await bench_server.submit(server, {"test_tiny.py": TINY})
        await bench_server.ended(server, run)
        took[run] = (begun, time.time())
    return dict(list(took.items())[3:])


async def hundred(server):
    run = await bench_server.submit(server, {f"test_{n:03}.py": TINY for n in range(100)})
    await bench_server.ended(server, run)
    return run


def read(file):
    """Marks as (Testrun, what, when), in order."""
    marks = []
    for line in file.read_text().splitlines():
        try:
            told = json.loads(line)
        except ValueError:
            continue
        run = told.get("run") or told.get("span", {}).get("run")
        if run is not None:
            marks.append((int(run), told["message"], datetime.datetime.fromisoformat(told["timestamp"]).timestamp()))
    return marks


def of_testruns(marks, runs):
    took = {}
    for run, (begun, ended) in runs.items():
        last, at = begun, dict_of_last(marks, run)
        for mark, who, about in (*TESTRUN, (TOLD, OURS, "the client is told")):
            now = ended if mark == TOLD else at.get(mark)
            if now is None:
                raise ValueError(f"Testrun {run} tells nothing of {mark!r}")
            took.setdefault((about, who), []).append(now - last)
            last = now
    return summary(took)


def dict_of_last(marks, run):
    return {what: at for of, what, at in marks if of == int(run)}


def of_files(marks, run):
    """Of all files but the first ten, which are slower."""
    took, known, files, last = {}, {mark: (who, about) for mark, who, about in FILE}, 0, None
    for what, at in [(what, at) for of, what, at in marks if of == int(run)]:
        files += what == "the file begins"
        # The last of several of a kind counts: they are tests.
        if what in known and last is not None and files > 10:
            who, about = known[what]
            key = (about, who, files)
            took[key] = took.get(key, 0) + at - last
        if what in known:
            last = at
    each = {}
    for (about, who, _), seconds in took.items():
        each.setdefault((about, who), []).append(seconds)
    return summary(each)


def summary(took):
    return [dataclasses.asdict(Step(about, who, median(times) * 1e3)) for (about, who), times in took.items()]
