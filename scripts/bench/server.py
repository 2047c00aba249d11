"""P7, P8 and the idle server: `testrunner serve` on loopback, asked as a client would."""

import asyncio
import shutil
import statistics
import tempfile
import time

import bench_server
from bench.batches import TINY
from bench.environments import Unbuilt, environment
from bench.memory import below, proportional, resident, tree
from bench.place import SAMPLES, note

SAMPLE_FILES = ("test_passes.py", "test_fails.py")
TESTRUNS, CLIENTS = 100, 8


def measure(options, figures):
    """Idle memory, the two samples, a hundred Testruns."""
    note("server: idle, the two samples, 100 Testruns")
    try:
        python = environment("pytest")
    except Unbuilt as error:
        return figures.miss("the server", error)
    bench_server.PROGRAM = options.testrunner
    folder = tempfile.mkdtemp(prefix="testrunner-bench-")
    try:
        server = bench_server.Server(folder, "--python", python)
        try:
            time.sleep(3)
            figures.server["idle"] = memory(server)
            figures.server["latency_s"] = asyncio.run(latency(server, 20 if options.quick else 50))
            figures.server["testruns_per_s"] = [asyncio.run(many(server)) for _ in range(3)]
            figures.server["after"] = memory(server)
        finally:
            server.stop()
    except (SystemExit, OSError, asyncio.IncompleteReadError) as error:
        figures.miss("the server", error)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def memory(server):
    """Of the server's own process, and of it with all processes below, in MB."""
    pid = server.process.pid
    return {"rss": resident(pid) / 1024, "pss": proportional(pid) / 1024, "tree_pss": tree({pid} | below(pid))}


async def latency(server, times):
    """From the first byte of the submit to the end of the Testrun's stream, in seconds."""
    samples = {name: (SAMPLES / name).read_text() for name in SAMPLE_FILES}
    took = []
    # The first ones make it warm.
    for _ in range(3 + times):
        begun = time.monotonic()
        await bench_server.ended(server, await bench_server.submit(server, samples))
        took.append(time.monotonic() - begun)
    return took[3:]


async def many(server):
    """Testruns of one file that are submitted, run and ended in a second."""
    names, runs = iter(range(TESTRUNS)), []

    async def client():
        for _ in names:
            runs.append(await bench_server.submit(server, {"test_tiny.py": TINY}))

    begun = time.monotonic()
    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    for run in runs:
        await bench_server.ended(server, run)
    return TESTRUNS / (time.monotonic() - begun)


def summary(figures):
    """In words, for the report."""
    served = figures.server
    if not served:
        return []
    idle, after = served["idle"], served["after"]
    lines = [
        f"idle: {idle['rss']:.1f} MB RSS, {idle['pss']:.1f} MB PSS;"
        f" after {TESTRUNS * 3} Testruns {after['rss']:.1f} MB RSS, with all that it keeps warm {after['tree_pss']:.1f} MB PSS"
    ]
    took = sorted(served["latency_s"])
    lines.append(
        f"two samples, submit to end: median {statistics.median(took) * 1e3:.1f} ms,"
        f" fastest {took[0] * 1e3:.1f}, slowest {took[-1] * 1e3:.1f}, {len(took)} times"
    )
    lines.append("100 Testruns of one file: " + ", ".join(f"{one:.1f}/s" for one in served["testruns_per_s"]))
    return lines
