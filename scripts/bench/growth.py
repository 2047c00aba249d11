"""P12: what a file costs when there are many of them, and what a Testrun costs when the ledger is full of them."""

import shutil
import sqlite3

from bench import ledger
from bench.batches import batch
from bench.environments import Unbuilt
from bench.figures import median
from bench.measure import Hung, Wrong, run
from bench.peers import ours
from bench.place import HOME, note
from bench_server import fill

#: How often each number of files is run, by turns with one file.
FILES = {10: 7, 100: 5, 1_000: 2, 10_000: 1}
TESTRUNS = (10_000, 100_000, 1_000_000)


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
            if files < 10_000:
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
    """`create` and `list` with up to a million Testruns, each time beside a ledger that was empty before."""
    if not options.million:
        return figures.miss("create and list with up to 1,000,000 Testruns", "only with --million")
    with ledger.fresh() as folder:
        place, empty = folder / "testrunner.db", folder / "empty.db"
        try:
            # One Testrun that has ended, to be copied.
            take(batch("small1"), options, folder)
            first = highest(place) + 1
            for size in TESTRUNS:
                note(f"growth: a ledger of {size} Testruns")
                fill(place, first, size)
                first = size + 1
                entry = {name: [] for name in ("create", "list", "create_empty", "list_empty")}
                for _ in range(3):
                    for base, end in ((empty, "_empty"), (place, "")):
                        # Created first, so that both have the same 50 to list; one submitter's is the first line.
                        lines = ledger.rates("sqlite", base, 1, "creates", "lists")
                        entry["create" + end].append(lines[0]["p50_us"])
                        entry["list" + end].append(lines[-1]["p50_us"])
                    for old in folder.glob("empty.db*"):
                        shutil.rmtree(old) if old.is_dir() else old.unlink()
                figures.ledger[size] = entry
                first = max(first, highest(place) + 1)
        except (Unbuilt, Hung, Wrong, OSError, sqlite3.Error) as error:
            figures.miss("create and list with up to 1,000,000 Testruns", error)


def highest(place):
    with sqlite3.connect(place) as base:
        (number,) = base.execute("SELECT max(id) FROM testruns").fetchone()
    base.close()
    return number
