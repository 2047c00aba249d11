"""P12: what a file costs when there are many of them, and what a Testrun costs when the ledger is full of them."""

import asyncio
import shutil
import sqlite3
import time

import bench_server
from bench import ledger
from bench.batches import batch
from bench.environments import Unbuilt, environment
from bench.figures import median
from bench.measure import Hung, Wrong, run
from bench.peers import ours
from bench.place import HOME, note
from bench_server import fill

#: How often each number of files is run, by turns with one file.
FILES = {10: 7, 100: 5, 1_000: 2, 10_000: 1}
TESTRUNS = (10_000, 100_000, 1_000_000)
#: What each of these Testruns has run: ten cases, of which one fails.
TEN = "import pytest\n@pytest.mark.parametrize('n', range(10))\ndef test_n(n): assert n != 7\n"
#: How often each question is asked.
TIMES = 15
#: What is asked of a ledger of so many Testruns, the n-th time.
QUESTIONS = {
    "the newest 50": lambda size, n: ("GET", "/testruns"),
    "of a user": lambda size, n: ("GET", f"/testruns?username=user{n}"),
    "FAILED": lambda size, n: ("GET", "/testruns?status=FAILED"),
    "with a label": lambda size, n: ("GET", f"/testruns?label=branch%3Db{n}"),
    "of an old hour": lambda size, n: ("GET", hour(size)),
    "a text that 1 in 5,000 has": lambda size, n: ("GET", f"/testruns?limit=10&text=test_42{n}.py"),
    "a text that one has": lambda size, n: ("GET", f"/testruns?limit=10&text={commit(size // 2 + n)}"),
    "a text that many have": lambda size, n: ("GET", "/testruns?limit=10&text=test_4"),
    "a text and FAILED": lambda size, n: ("GET", f"/testruns?limit=10&status=FAILED&text=test_42{n}.py"),
    "two letters": lambda size, n: ("GET", "/testruns?limit=10&text=zq"),
    "a Testrun": lambda size, n: ("GET", f"/testruns/{size // 2 + n}"),
    "its cases": lambda size, n: ("GET", f"/testruns/{size // 2 + n}/cases"),
    "its failed cases": lambda size, n: ("GET", f"/testruns/{size // 2 + n}/cases?outcome=failed"),
    "its log": lambda size, n: ("GET", f"/testruns/{size // 2 + n}/log"),
    "history of a case": lambda size, n: ("GET", "/insights/history?path=tests/test_1.py&case=test_n%5B7%5D"),
    "slow files": lambda size, n: ("GET", "/insights/files"),
    "slow cases": lambda size, n: ("GET", "/insights/cases"),
    "flaky cases": lambda size, n: ("GET", "/insights/flaky"),
    "trend": lambda size, n: ("GET", "/insights/trend"),
    "queue": lambda size, n: ("GET", "/queue"),
    "delete one": lambda size, n: ("DELETE", f"/testruns/{size // 3 + n}"),
}


def commit(number):
    """The label that `fill` gives this Testrun alone."""
    return f"{number * 1048583 % 1099511627776:010x}"


def hour(size):
    """Somewhere in the middle: `fill` sets the Testruns a second apart."""
    middle = int((time.time() - size / 2) * 1e6)
    return f"/testruns?created_from={middle}&created_before={middle + 3_600_000_000}"


def measure_files(options, figures):
    """Processor seconds of Testruns of 1 to 10,000 files (1,000 in a quick session)."""
    data = HOME / "data" / "growth"
    wanted = [files for files in FILES if files <= 1_000 or not options.quick]
    if options.quick:
        figures.miss("cost per file with 10,000 files", "left out of a quick session")
    try:
        batches = {files: batch(f"small{files}") for files in (1, *wanted)}
        for files in wanted:
            note(f"growth: {files} files, {FILES[files]} times by turns with one file")
            shutil.rmtree(data, ignore_errors=True)
            take(batches[1], options, data)
            # Warm: the cache of byte code, as everywhere else.
            take(batches[files], options, data)
            for _ in range(FILES[files]):
                alone, many = take(batches[1], options, data), take(batches[files], options, data)
                figures.growth.setdefault(files, []).append({"one": alone, "many": many})
    except (Unbuilt, Hung, Wrong, OSError) as error:
        figures.miss("cost per file from 10 to 10,000 files", error)
    finally:
        shutil.rmtree(data, ignore_errors=True)
        shutil.rmtree(HOME / "batches" / "small10000", ignore_errors=True)


def take(chosen, options, data):
    peer = ours(chosen, options.testrunner, data)
    done = run(peer.command, peer.folder, codes=peer.codes)
    return {"wall_s": done.wall, "cpu_s": done.cpu, "own_cpu_s": done.own_cpu}


def per_file(figures, files, what="cpu_s"):
    """Seconds that each further file costs: what the start costs is taken off, as a Testrun of one file has it."""
    return median((pair["many"][what] - pair["one"][what]) / (files - 1) for pair in figures.growth.get(files, ()))


def measure_ledger(options, figures):
    """A ledger with up to a million Testruns and ten million cases. `create` and `list`, each time beside a ledger that was
    empty before; and what a server answers."""
    if not options.million:
        return figures.miss("a ledger of up to 1,000,000 Testruns and 10,000,000 cases", "only with --million")
    with ledger.fresh() as folder:
        place = folder / "data" / "testrunner.db"
        try:
            # One Testrun that has ended, to be copied.
            file = folder / "test_ten.py"
            file.write_text(TEN)
            python = environment("pytest")
            run([options.testrunner, "--data-dir", place.parent, "run", "--python", python, file], folder, codes=(1,))
            first = highest(place) + 1
            for size in TESTRUNS:
                note(f"growth: a ledger of {size} Testruns and {size * 10} cases")
                fill(place, first, size, logs=True)
                figures.asked[size] = asyncio.run(answers(options, python, folder, size))
                figures.ledger[size] = rates(folder, place)
                first = max(size, highest(place)) + 1
        except (Unbuilt, Hung, Wrong, OSError, SystemExit, sqlite3.Error) as error:
            figures.miss("a ledger of up to 1,000,000 Testruns and 10,000,000 cases", error)


def rates(folder, place):
    empty, entry = folder / "empty.db", {name: [] for name in ("create", "list", "create_empty", "list_empty")}
    for _ in range(3):
        for base, end in ((empty, "_empty"), (place, "")):
            # Created first, so that both have the same 50 to list; one submitter's is the first line.
            lines = ledger.rates("sqlite", base, 1, "creates", "lists")
            entry["create" + end].append(lines[0]["p50_us"])
            entry["list" + end].append(lines[-1]["p50_us"])
        for old in folder.glob("empty.db*"):
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    return entry


async def answers(options, python, folder, size):
    """What a server on the ledger takes for each question, in milliseconds, several times."""
    bench_server.PROGRAM = options.testrunner
    server = bench_server.Server(folder, "--python", python, "--slots", "0")
    try:
        return {what: [await timed(server, what, *each(size, n)) for n in range(TIMES)] for what, each in QUESTIONS.items()}
    finally:
        server.stop()


async def timed(server, what, method, path):
    begun = time.monotonic()
    status, body = await bench_server.call(server, method, f"/api/v1{path}")
    if status not in (200, 204):
        raise Wrong(f"{what}: {method} {path} was answered with {status}: {body[:200]}")
    return (time.monotonic() - begun) * 1e3


def highest(place):
    with sqlite3.connect(place) as base:
        (number,) = base.execute("SELECT max(id) FROM testruns").fetchone()
    base.close()
    return number
