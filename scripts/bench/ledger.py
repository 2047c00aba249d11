"""P9 and P10: what the stores take, by their example `rates`; and raw SQLite beside it."""

import json
import os
import shutil
import sqlite3
import subprocess
import time

from bench.measure import Hung, Wrong, run
from bench.place import HOME, RELEASE, ROOT, note

POSTGRES = os.environ.get("TESTRUNNER_TEST_POSTGRES", "postgres://postgres@127.0.0.1:5432/postgres")
RATES = RELEASE / "examples"
PASSES = 3


#: The example that measures, of each store.
EXAMPLES = {"sqlite": "file_rates", "postgres": "rates"}


def build():
    """The examples that measure."""
    for store, example in EXAMPLES.items():
        command = ["cargo", "build", "--release", "--quiet", "-p", f"testrunner-store-{store}", "--example", example]
        subprocess.run(command, cwd=ROOT, check=True)


def rates(store, place, seconds, *parts):
    """The lines that the example prints."""
    wanted = [word for part in parts for word in ("--part", part)]
    done = run([RATES / EXAMPLES[store], place, "--json", "--seconds", seconds, *wanted], ROOT, bound=600)
    return [json.loads(line) for line in done.output.splitlines() if line.startswith("{")]


def measure(options, figures):
    """All rates of both stores, a store after the other, part by part."""
    seconds = 0.7 if options.quick else 2
    for part in ("items", "worker", "events", "creates", "lists"):
        for store in ("sqlite", "postgres"):
            note(f"ledger: {part} of {store}")
            with fresh() as folder:
                place = folder / "ledger.db" if store == "sqlite" else POSTGRES
                try:
                    figures.rates.setdefault(store, []).extend(rates(store, place, seconds, part))
                except (Hung, Wrong, OSError) as error:
                    figures.miss(f"{part} of {store}", error)


def measure_raw(options, figures):
    """Events with a subscriber, and the same rows by nothing but SQLite, by turns."""
    seconds = 2 if options.quick else 4
    for number in range(PASSES):
        note(f"ledger: events with a subscriber and raw SQLite, pass {number + 1} of {PASSES}")
        with fresh() as folder:
            place = folder / "ledger.db"
            try:
                (line,) = rates("sqlite", place, seconds, "followed")
                figures.raw.append({"ours": line["per_second"], "raw": raw(place, folder / "raw.db", seconds)})
            except (Hung, Wrong, OSError, ValueError, sqlite3.Error) as error:
                figures.miss("events with a subscriber against raw SQLite", error)


def raw(ledger, place, seconds):
    """Rows a second, in batches of 100, into a table and an index like the ledger's, with rows like its own."""
    with sqlite3.connect(ledger) as source:
        schema = [sql for (sql,) in source.execute("SELECT sql FROM sqlite_master WHERE tbl_name = 'events' AND sql IS NOT NULL")]
        columns = [row[1] for row in source.execute("PRAGMA table_info(events)")]
        row = source.execute("SELECT * FROM events ORDER BY seq DESC LIMIT 1").fetchone()
    source.close()
    if row is None:
        raise ValueError("the ledger has no events to compare with")
    base = sqlite3.connect(place, isolation_level=None)
    base.execute("PRAGMA journal_mode = WAL")
    base.execute("PRAGMA synchronous = FULL")
    for sql in schema:
        base.execute(sql)
    at = columns.index("seq")
    insert = f"INSERT INTO events VALUES ({','.join('?' * len(columns))})"
    count, started = 0, time.perf_counter()
    while time.perf_counter() - started < seconds:
        base.execute("BEGIN IMMEDIATE")
        base.executemany(insert, ((*row[:at], count + n, *row[at + 1 :]) for n in range(100)))
        base.execute("COMMIT")
        count += 100
    took = time.perf_counter() - started
    base.close()
    return count / took


class fresh:
    """A folder of its own on the disk of the build, gone afterwards."""

    def __enter__(self):
        self.folder = HOME / "data" / "ledger"
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        return self.folder

    def __exit__(self, *_):
        shutil.rmtree(self.folder, ignore_errors=True)
