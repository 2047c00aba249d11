#!/usr/bin/env python3
"""Figures: the same test files under pytest, pytest -n 2, one process for each file, and testrunner. The commands take
turns, so that a slow minute of the machine is everybody's; medians are printed, and the memory of all processes together.

    python3 scripts/bench.py [--batch small100]... [--rounds 5] [--slow] [--testrunner PATH]

`small100` and `small1000` are files of three trivial tests; `jinja2` and `click` are the suites that `just parity` fetches.
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
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
TESTS = "def test_a():\n    assert 1 + 1 == 2\n\n\ndef test_b():\n    assert 'a' in 'abc'\n\n\ndef test_c():\n    assert [1] * 2 == [1, 1]\n"
SUITES = {"jinja2": "jinja2-3.1.6", "click": "click-8.5.1"}
BATCHES = ("small100", "small1000", *SUITES)
OURS = "testrunner run -j 2"


def environment():
    """A Python with pytest and xdist."""
    folder = ROOT / "target" / "bench-environment"
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "pytest", "pytest-xdist"], check=True)
    return python


def batch(name, temporary):
    """The folder to run in, its test files, and a Python that can run them."""
    if name in SUITES:
        home = ROOT / "target" / "parity"
        folder, python = home / SUITES[name], home / "environments" / name / "bin" / "python"
        if not (folder.exists() and python.exists()):
            sys.exit(f"first: python3 scripts/parity.py --project {name}")
        has_xdist = subprocess.run([python, "-c", "import xdist"], stderr=subprocess.DEVNULL).returncode == 0
        if not has_xdist:
            subprocess.run([python, "-m", "pip", "install", "-q", "pytest-xdist"], check=True)
        return folder, sorted(str(path.relative_to(folder)) for path in (folder / "tests").rglob("test_*.py")), python
    folder = temporary / name
    folder.mkdir()
    files = [f"test_{n:04}.py" for n in range(int(name.removeprefix("small")))]
    for file in files:
        (folder / file).write_text(TESTS)
    return folder, files, environment()


def measured(work):
    """Wall and processor seconds of everything that `work` starts and waits for."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    work()
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def memory(work):
    """The most that all processes below this one have together, in MB, each shared page counted once."""
    most, done = 0, threading.Event()

    def watch():
        nonlocal most
        while not done.wait(0.02):
            most = max(most, sum(map(proportional, below())))

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        work()
    finally:
        done.set()
        watching.join()
    return most / 1024


def below():
    """All processes below this one."""
    parents = {}
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found, found_before = {own_pid()}, set()
    while found != found_before:
        found_before = set(found)
        found |= {pid for pid, parent in parents.items() if parent in found}
    return found - {own_pid()}


def own_pid():
    return int(pathlib.Path("/proc/self").readlink().name)


def proportional(pid):
    try:
        rollup = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")), 0)


def quiet(command, folder, codes):
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode not in codes:
        sys.exit(f"{command} ended with {done.returncode}:\n{done.stdout.decode(errors='replace')[-2000:]}")


def peers(name, folder, files, python, testrunner, data):
    """What is compared: by name, the work, and whether it takes long."""
    # In a known suite a file may fail, alone or together.
    codes = (0,) if name.startswith("small") else (0, 1)
    pytest = [python, "-m", "pytest", "-q"]
    paths = ["."] if name.startswith("small") else ["tests"]
    run = [testrunner, "--data-dir", data, "run", "--python", python, "-j", "2"]

    def one_by_one():
        for file in files:
            quiet([*pytest, file], folder, (*codes, 5))

    def two_at_a_time():
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda file: quiet([*pytest, file], folder, (*codes, 5)), files))

    return {
        "pytest, one process": (lambda: quiet([*pytest, *paths], folder, codes), False),
        "pytest -n 2": (lambda: quiet([*pytest, "-n", "2", *paths], folder, codes), False),
        "a process per file, one by one": (one_by_one, True),
        "a process per file, two at a time": (two_at_a_time, True),
        OURS: (lambda: quiet([*run, *paths], folder, codes), False),
        f"{OURS} --isolation-level group": (
            lambda: quiet([*run, "--isolation-level", "group", *paths], folder, codes),
            False,
        ),
    }


def compare(name, options, temporary):
    folder, files, python = batch(name, temporary)
    data = temporary / "data"
    all_peers = peers(name, folder, files, python, options.testrunner.resolve(), data)
    chosen = {peer: work for peer, (work, slow) in all_peers.items() if options.slow or not slow}
    quick = [peer for peer, (_, slow) in all_peers.items() if not slow]
    figures = {peer: [] for peer in chosen}
    for peer in quick:
        chosen[peer]()  # warm: byte code of the test files, the page cache, the environment
    for number in range(options.rounds):
        for peer, work in chosen.items():
            # What takes long varies less.
            if peer in quick or number == 0:
                figures[peer].append(measured(work))
        print(f"{name}: round {number + 1} of {options.rounds}", file=sys.stderr)
    most = {peer: memory(chosen[peer]) for peer in quick}
    shutil.rmtree(data, ignore_errors=True)

    base = statistics.median(wall for wall, _ in figures[OURS])
    print(f"\n{name}: {len(files)} files, {options.rounds} rounds, medians\n")
    print(f"{'':44}{'wall s':>9}{'cpu s':>9}{'times ours':>12}{'MB':>7}")
    table = {}
    for peer, rounds in figures.items():
        wall, cpu = (statistics.median(column) for column in zip(*rounds))
        table[peer] = {"wall_s": round(wall, 3), "cpu_s": round(cpu, 3)}
        size = f"{most[peer]:7.0f}" if peer in most else ""
        print(f"{peer:44}{wall:9.2f}{cpu:9.2f}{wall / base:12.2f}{size}")
    print(json.dumps({name: table}), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--batch", action="append", choices=BATCHES, help="[default: small100]")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--slow", action="store_true", help="also a process per file, once")
    parser.add_argument("--testrunner", type=pathlib.Path, default=ROOT / "target" / "release" / "testrunner")
    options = parser.parse_args()
    if not options.testrunner.exists():
        subprocess.run(["cargo", "build", "--release", "--bin", "testrunner"], cwd=ROOT, check=True)
    for name in options.batch or ["small100"]:
        with tempfile.TemporaryDirectory(prefix="testrunner-bench-") as temporary:
            compare(name, options, pathlib.Path(temporary))


if __name__ == "__main__":
    main()
