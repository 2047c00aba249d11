#!/usr/bin/env python3
"""Counts the instructions of the hot paths under callgrind and compares them with `scripts/instructions.json`.

    python3 scripts/instructions.py [--write] [--tolerance 3] [PATH …]

A path is run twice, the second time more often; the difference by the number of times is the path without its preparation. Counts do
not depend on how busy the machine is, but on compiler and processor: where rustc differs from the baseline's, the comparison says so.
Exit code 1 when a path costs more than the tolerance allows. `--write` makes what was counted the new baseline.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
BASELINE = ROOT / "scripts" / "instructions.json"
PROGRAM = ROOT / "target" / "release" / "examples" / "instructions"
#: By path: how often it is run the first time. The second time it is run three times as often.
TIMES = {
    "plan-1000": 50,
    "memory-append": 50,
    "memory-claim": 200,
    "memory-finish": 200,
    "sqlite-append": 50,
    "sqlite-claim": 100,
    "sqlite-finish": 100,
}


def count(path, times, most):
    """Instructions of all threads of one run."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out", PROGRAM, path, str(times), str(most)]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    found = re.search(r"Collected : (\d+)", done.stdout)
    if done.returncode != 0 or not found:
        sys.exit(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stdout[-2000:]}")
    return int(found[1])


def each(path):
    """Instructions of one time."""
    few = TIMES[path]
    many = 3 * few
    return round((count(path, many, many) - count(path, few, many)) / (many - few))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("paths", nargs="*", choices=[[], *TIMES], default=[])
    parser.add_argument("--write", action="store_true", help="make what was counted the new baseline")
    parser.add_argument("--tolerance", type=float, default=3.0, help="percent [default: 3]")
    options = parser.parse_args()
    build = ["cargo", "build", "--release", "--quiet", "-p", "testrunner-store-sqlite", "--example", "instructions"]
    subprocess.run(build, cwd=ROOT, check=True)
    rustc = subprocess.run(["rustc", "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    known = json.loads(BASELINE.read_text()) if BASELINE.exists() else {"rustc": rustc, "paths": {}}
    if known["rustc"] != rustc:
        print(f"baseline by {known['rustc']}, this is {rustc}: differences may be the compiler's")
    counted, worse = dict(known["paths"]), []
    print(f"{'':16}{'instructions':>14}{'baseline':>14}{'change':>9}")
    for path in options.paths or TIMES:
        before, now = known["paths"].get(path), each(path)
        counted[path] = now
        change = (now / before - 1) * 100 if before else None
        said = "new" if change is None else f"{change:+.1f} %"
        beyond = change is not None and abs(change) > options.tolerance
        if beyond and change > 0:
            worse.append(path)
        print(f"{path:16}{now:14,}{before or 0:14,}{said:>9}{'  <-- beyond the tolerance' if beyond else ''}", flush=True)
    if options.write:
        BASELINE.write_text(json.dumps({"rustc": rustc, "paths": counted}, indent=1) + "\n")
        print(f"written: {BASELINE.relative_to(ROOT)}")
    elif worse:
        sys.exit(f"more instructions than the baseline allows: {', '.join(worse)}. If that is the price of something, --write")


if __name__ == "__main__":
    main()
