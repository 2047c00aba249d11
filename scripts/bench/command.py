"""The command line, and the session: what is asked for decides what is measured."""

import argparse
import pathlib
import signal
import subprocess
import sys
import time
import traceback

from bench import anatomy, cases, goals, growth, ledger, machine, measure, picture, report, server, suites
from bench.batches import BATCHES, SUITES
from bench.figures import Figures
from bench.place import HOME, RELEASE, ROOT, note

#: What a session can measure beside batches.
OTHERS = {
    "server": server.measure,
    "steps": anatomy.measure,
    "rates": ledger.measure,
    "raw": ledger.measure_raw,
    "growth": growth.measure_files,
    "ledger": growth.measure_ledger,
}


def main():
    options = arguments()
    if options.draw:
        return redraw(options)
    wanted = needed(options)
    build(options, wanted)
    measure.adopt()
    HOME.mkdir(parents=True, exist_ok=True)
    figures, begun, before = Figures(), time.monotonic(), machine.load()
    # As Ctrl-C: what was measured until then is shown.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    for name in wanted:
        try:
            measure_one(name, options, figures)
        except KeyboardInterrupt:
            figures.miss("the rest of the session", f"interrupted while {name} was measured")
            break
        except Exception as error:
            # A mistake in one part does not cost what the others have measured.
            traceback.print_exc()
            figures.miss(name, f"failed: {error!r}")
    session = {
        "machine": machine.describe(options.testrunner), "quick": options.quick, "load_before": before, "load_after": machine.load(),
        "minutes": (time.monotonic() - begun) / 60, "figures": figures, "goals": goals.rows(figures, options.goal),
    }  # fmt: skip
    print(report.text(session))
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(report.document(session) + "\n")
    note(f"\nwritten: {options.json}")
    for path in picture.draw_all(figures, session["machine"], options.pictures):
        note(f"written: {path}")


def measure_one(name, options, figures):
    if name not in BATCHES:
        return OTHERS[name](options, figures)
    suites.measure(name, options, figures)
    if name in SUITES and "P2" in options.goal:
        cases.check(name, options, figures)


def arguments():
    parser = argparse.ArgumentParser(prog="bench", description="Figures of TestRunner and its peers; docs/benchmarks.md explains them.")
    parser.add_argument("--goal", action="append", choices=goals.ABOUT, help="only what this goal needs [default: all]")
    parser.add_argument("--batch", action="append", choices=BATCHES, help="only this batch, and goals about nothing else")
    parser.add_argument("--quick", action="store_true", help="fewer rounds and peers: about ten minutes")
    parser.add_argument("--rounds", type=int, help="rounds of each batch [default: as many as its length allows]")
    parser.add_argument("--slow", action="store_true", help="a process per file also in a quick session")
    parser.add_argument("--steps", action="store_true", help="only what a file costs, step by step")
    parser.add_argument("--million", action="store_true", help="also a ledger of 1,000,000 Testruns (P12)")
    parser.add_argument("--testrunner", type=pathlib.Path, help="the program to measure [default: it is built]")
    parser.add_argument("--json", type=pathlib.Path, default=HOME / "figures.json", help="where all figures go")
    parser.add_argument("--pictures", type=pathlib.Path, default=HOME / "pictures", help="where the pictures go")
    parser.add_argument("--draw", type=pathlib.Path, metavar="JSON", help="measure nothing: draw the pictures of this session")
    options = parser.parse_args()
    for name in ("testrunner", "json", "pictures", "draw"):
        path = getattr(options, name)
        setattr(options, name, path and path.resolve())
    if options.steps:
        options.goal = []
    elif options.batch and not options.goal:
        options.goal = [goal for goal, (_, needs) in goals.ABOUT.items() if set(needs) <= set(options.batch)]
    elif not options.goal:
        options.goal = list(goals.ABOUT)
    return options


def needed(options):
    """What is to be measured, in the order of `BATCHES` and `OTHERS`."""
    needs = {"steps"} if options.steps or options.goal == list(goals.ABOUT) else set()
    needs |= {need for goal in options.goal for need in goals.ABOUT[goal][1]} | set(options.batch or ())
    if options.batch:
        needs -= set(BATCHES) - set(options.batch)
    return [name for name in (*BATCHES, *OTHERS) if name in needs]


def build(options, wanted):
    """Builds what is measured, before anything is."""
    if options.testrunner is None:
        options.testrunner = RELEASE / "testrunner"
        note("cargo build --release --bin testrunner")
        subprocess.run(["cargo", "build", "--release", "--quiet", "--bin", "testrunner"], cwd=ROOT, check=True)
    if not options.testrunner.exists():
        sys.exit(f"{options.testrunner} does not exist; build it, or leave out --testrunner")
    if {"rates", "raw", "ledger"} & set(wanted):
        note("cargo build --release, the examples that measure both stores")
        ledger.build()


def redraw(options):
    session = report.read(options.draw)
    for path in picture.draw_all(session["figures"], session["machine"], options.pictures):
        print(path)
