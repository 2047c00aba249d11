#!/usr/bin/env python3
"""First figures: N tiny files (three trivial tests each) under pytest, pytest -n 2, one process for each file, and
testrunner. The commands take turns, so that a slow minute of the machine is everybody's; medians are printed.

    python3 scripts/bench.py [--files 100] [--rounds 5] [--testrunner PATH]
"""

import argparse
import concurrent.futures
import json
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
TESTS = "def test_a():\n    assert 1 + 1 == 2\n\n\ndef test_b():\n    assert 'a' in 'abc'\n\n\ndef test_c():\n    assert [1] * 2 == [1, 1]\n"


def environment():
    folder = ROOT / "target" / "bench-environment"
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "pytest", "pytest-xdist"], check=True)
    return python


def measured(work):
    """Wall and processor seconds of everything that `work` starts and waits for."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    work()
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu


def quiet(command, folder):
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        sys.exit(f"{command} ended with {done.returncode}:\n{done.stdout.decode(errors='replace')[-2000:]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--files", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--testrunner", type=pathlib.Path, default=ROOT / "target" / "release" / "testrunner")
    options = parser.parse_args()
    if not options.testrunner.exists():
        subprocess.run(["cargo", "build", "--release", "--bin", "testrunner"], cwd=ROOT, check=True)
    python = environment()

    with tempfile.TemporaryDirectory(prefix="testrunner-bench-") as temporary:
        batch = pathlib.Path(temporary) / "batch"
        batch.mkdir()
        files = [f"test_{n:04}.py" for n in range(options.files)]
        for name in files:
            (batch / name).write_text(TESTS)
        data = pathlib.Path(temporary) / "data"
        pytest = [python, "-m", "pytest", "-q"]

        def two_at_a_time():
            with concurrent.futures.ThreadPoolExecutor(2) as pool:
                list(pool.map(lambda name: quiet([*pytest, name], batch), files))

        def one_by_one():
            for name in files:
                quiet([*pytest, name], batch)

        run = [options.testrunner.resolve(), "--data-dir", data, "run", "--python", python, "-j", "2"]
        peers = {
            "pytest, one process": lambda: quiet(pytest, batch),
            "pytest -n 2": lambda: quiet([*pytest, "-n", "2"], batch),
            "a process per file, one by one": one_by_one,
            "a process per file, two at a time": two_at_a_time,
            "testrunner run -j 2": lambda: quiet([*run, "."], batch),
        }
        figures = {name: [] for name in peers}
        for work in peers.values():
            if work not in (one_by_one, two_at_a_time):
                work()  # warm: byte code of the test files, the page cache, the environment
        for round_number in range(options.rounds):
            for name, work in peers.items():
                figures[name].append(measured(work))
            print(f"round {round_number + 1} of {options.rounds}", file=sys.stderr)
        shutil.rmtree(data, ignore_errors=True)

    base = statistics.median(wall for wall, _ in figures["testrunner run -j 2"])
    print(f"{options.files} files of 3 tests, {options.rounds} rounds, medians\n")
    print(f"{'':36}{'wall s':>9}{'cpu s':>9}{'times ours':>12}")
    table = {}
    for name, rounds in figures.items():
        wall, cpu = (statistics.median(column) for column in zip(*rounds))
        table[name] = {"wall_s": round(wall, 3), "cpu_s": round(cpu, 3)}
        print(f"{name:36}{wall:9.2f}{cpu:9.2f}{wall / base:12.2f}")
    print(json.dumps(table))


if __name__ == "__main__":
    main()
