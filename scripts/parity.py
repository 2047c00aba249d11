#!/usr/bin/env python3
"""Holds TestRunner against plain pytest on the test suites of well-known projects, case by case.

Each project's sources are fetched once and kept, with an environment of its own, below target/parity. Every test file
runs as `pytest FILE` and all of them through `testrunner run`, with the same Python. Exit code 1 when a case or a file
ends differently and nothing here says why.

    python3 scripts/parity.py [--project NAME]... [--testrunner PATH] [--jobs N] [--isolation-level LEVEL]
"""

import argparse
import concurrent.futures
import dataclasses
import fnmatch
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
HOME = ROOT / "target" / "parity"
RECORDER = ROOT / "scripts" / "parity_recorder.py"
PYTEST = "pytest==9.2.0"
#: Longest time for anything, in seconds.
PATIENCE = 1800
NOTHING = "nothing"


@dataclasses.dataclass(frozen=True)
class Project:
    name: str
    version: str
    #: Where the tests are.
    tests: str
    #: What the suite needs beside pytest, as the project itself says.
    needs: tuple = ()


PROJECTS = (
    Project("attrs", "26.1.0", "tests", ("cloudpickle", "hypothesis", "pympler", "pytest-xdist[psutil]")),
    Project("click", "8.5.1", "tests"),
    Project("jinja2", "3.1.6", "tests", ("trio",)),
    Project("packaging", "26.3", "tests", ("coverage[toml]", "hypothesis", "pip", "pretend", "tomli_w")),
    Project("pluggy", "1.7.0", "testing", ("pytest-benchmark", "coverage")),
)


@dataclasses.dataclass(frozen=True)
class Explained:
    """Why a case ends differently, and rightly so."""

    project: str
    #: Pattern for the name of the case or file.
    name: str
    pytest: str
    testrunner: str
    reason: str


#: A file that its conftest takes out of pytest's own walk, by `collect_ignore`.
IGNORED = "`run` selects without running conftests, and so names the file; `pytest FILE` runs it then, too"

#: A file that uses a module which only other files import.
SHARED = "it fails alone, and passes where a file before it in the same process has imported what it needs (`group`, `run`)"

EXPLAINED = (
    # Below Python 3.14.
    Explained("attrs", "tests/test_forward_references.py*", NOTHING, "failed", IGNORED),
    Explained("click", "tests/test_utils/test_echo_via_pager.py*", "failed", "passed", SHARED),
)

#: What the exit code of `pytest FILE` says of the file.
OUTCOMES = {0: "passed", 1: "failed", 2: "errored", 3: "errored", 4: "errored", 5: "empty", 6: "failed"}


def run(command, folder, check=True, **more):
    """Runs a command without the user's own settings; its output is shown when it fails."""
    settings = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "TESTRUNNER_"))}
    settings.pop("VIRTUAL_ENV", None)
    settings.update(more)
    done = subprocess.run(
        command, cwd=folder, env=settings, timeout=PATIENCE,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    if check and done.returncode != 0:
        text = done.stdout.decode(errors="replace")[-3000:]
        sys.exit(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{text}")
    return done


def sources(project):
    """The folder with the sources, fetched unless they are there."""
    folder = HOME / f"{project.name}-{project.version}"
    if folder.exists():
        return folder
    fetched = HOME / "sources" / folder.name
    shutil.rmtree(fetched, ignore_errors=True)
    fetched.mkdir(parents=True)
    download = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps"]
    run([*download, "--no-binary", ":all:", f"{project.name}=={project.version}"], fetched)
    (archive,) = fetched.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        tar.extractall(fetched, filter="data")
    (unpacked,) = (path for path in fetched.iterdir() if path.is_dir())
    unpacked.rename(folder)
    return folder


def environment(project, folder):
    """The Python of the project's environment, built unless it is there."""
    needs = [PYTEST, *project.needs, str(folder)]
    digest = hashlib.sha256(json.dumps([sys.version, needs]).encode()).hexdigest()
    place = HOME / "environments" / project.name
    python, ready = place / "bin" / "python", place / "parity-ready"
    if not ready.exists() or ready.read_text() != digest:
        shutil.rmtree(place, ignore_errors=True)
        run([sys.executable, "-m", "venv", place], HOME)
        run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *needs], HOME)
        ready.write_text(digest)
    # Beside the other plugins, so that it needs no variable that tests could see.
    where = run([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], HOME)
    shutil.copy(RECORDER, where.stdout.decode().strip())
    return python


def pytest(python, folder, report, args):
    """Runs plain pytest; returns its exit code and what was recorded."""
    report.unlink(missing_ok=True)
    command = [python.parent / "pytest", "-p", "parity_recorder", *args]
    done = run(command, folder, check=False, PARITY_REPORT=str(report))
    if not report.exists():
        sys.exit(f"{' '.join(map(str, command))} recorded nothing:\n{done.stdout.decode(errors='replace')[-3000:]}")
    return done.returncode, [json.loads(line) for line in report.read_text(encoding="utf-8").splitlines()]


def by_pytest(python, folder, project, jobs):
    """Outcomes by case and by file, as plain pytest has them."""
    reports = HOME / "reports" / project.name
    reports.mkdir(parents=True, exist_ok=True)
    collected = pytest(python, folder, reports / "collected.jsonl", ["--collect-only", "-q", project.tests])[1]
    paths = sorted({line["file"] for line in collected if "file" in line})

    def one(numbered):
        number, path = numbered
        code, lines = pytest(python, folder, reports / f"{number}.jsonl", [path])
        return path, OUTCOMES.get(code, f"exit code {code}"), lines

    cases, files = {}, {}
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for path, outcome, lines in pool.map(one, enumerate(paths)):
            files[path] = outcome
            cases.update(folded(path, lines))
    return cases, files


def folded(path, lines):
    """One outcome a case, from its reports by phase."""
    cases, phases = {}, {}
    for line in lines:
        if "collection" in line:
            node = line["collection"]
            inside = node.partition("::")[2] if node.startswith(path) else node
            name = f"{inside} [collection]" if inside else "[collection]"
            cases[f"{path}::{name}"] = "error" if line["category"] == "failed" else line["category"]
        elif "case" in line and line["part"] is not None:
            # A subtest that passed has no word of its own at this verbosity.
            cases[f"{line['case']} {line['part']}"] = line["category"].removeprefix("subtests ") or "passed"
        elif "case" in line:
            phases.setdefault(line["case"], {})[line["when"]] = line["category"]
    for case, categories in phases.items():
        if categories.get("call") == "failed":
            cases[case] = "failed"
        elif "error" in categories.values():
            cases[case] = "error"
        else:
            cases[case] = categories.get("call") or categories.get("setup") or NOTHING
    return cases


def by_testrunner(testrunner, python, folder, project, jobs, level="file"):
    """Outcomes by case and by file, as TestRunner has them with this level of isolation."""
    command = [testrunner, "--data-dir", HOME / "data", "run", "--format", "json", "--python", python]
    command += ["--isolation-level", level, "-j", str(jobs)]
    done = run([*command, project.tests], folder, check=False)
    if done.returncode not in (0, 1):
        sys.exit(f"testrunner ended with {done.returncode}:\n{done.stdout.decode(errors='replace')[-3000:]}")
    testrun = json.loads(done.stdout.splitlines()[-1])["testrun"]
    cases = {f"{case['path']}::{case['case']}": case["outcome"] for case in testrun["cases"]}
    return cases, {test["path"]: test["outcome"] for test in testrun["tests"]}


def compare(project, expected, got):
    """Names with what pytest and TestRunner say, and the reason where there is one."""
    for name in sorted(expected.keys() | got.keys()):
        ours, theirs = got.get(name, NOTHING), expected.get(name, NOTHING)
        if ours != theirs:
            known = (one for one in EXPLAINED if one.project == project.name and fnmatch.fnmatchcase(name, one.name))
            fits = (one.reason for one in known if (one.pytest, one.testrunner) == (theirs, ours))
            yield name, theirs, ours, next(fits, None)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--project", action="append", choices=[project.name for project in PROJECTS])
    parser.add_argument("--testrunner", type=pathlib.Path, help="the program to test [default: it is built]")
    parser.add_argument("--jobs", type=int, default=2, help="files that run at the same time [default: 2]")
    parser.add_argument("--isolation-level", choices=["file", "group", "run"], default="file", help="[default: file]")
    options = parser.parse_args()
    if options.testrunner is None:
        run(["cargo", "build", "--quiet", "--bin", "testrunner"], ROOT)
    testrunner = (options.testrunner or ROOT / "target" / "debug" / "testrunner").resolve()
    HOME.mkdir(parents=True, exist_ok=True)
    # What was recorded is kept until the next time, for `testrunner --data-dir target/parity/data show`.
    shutil.rmtree(HOME / "data", ignore_errors=True)
    head = ("project", "files", "cases", "differences", "unexplained", "pytest s", "testrunner s")
    print(f"{head[0]:18}" + "".join(f"{cell:>14}" for cell in head[1:]), flush=True)
    differences = []
    for project in PROJECTS:
        if options.project and project.name not in options.project:
            continue
        folder = sources(project)
        python = environment(project, folder)
        start = time.monotonic()
        expected, expected_files = by_pytest(python, folder, project, options.jobs)
        between = time.monotonic()
        cases, files = by_testrunner(testrunner, python, folder, project, options.jobs, options.isolation_level)
        times = between - start, time.monotonic() - between
        found = [*compare(project, expected, cases), *compare(project, expected_files, files)]
        differences += [(project, *one) for one in found]
        unexplained = sum(1 for one in found if one[3] is None)
        name = f"{project.name} {project.version}"
        row = (len(expected_files), len(expected), len(found), unexplained, *(f"{t:.1f}" for t in times))
        print(f"{name:18}" + "".join(f"{cell:>14}" for cell in row), flush=True)
    for project, name, theirs, ours, reason in differences:
        print(f"\n{project.name}: {name}\n  pytest says {theirs}, testrunner says {ours}\n  {reason or 'UNEXPLAINED'}")
    sys.exit(any(reason is None for *_, reason in differences))


if __name__ == "__main__":
    main()
