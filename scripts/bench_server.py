#!/usr/bin/env python3
"""Figures of the server: latency, throughput, fan-out, memory, large lists, slow clients. Loopback only.

    cargo build --release --bin testrunner
    python3 scripts/bench_server.py [PART …]      parts: idle latency warm samples cold many leaks submits events fanout list slow
    python3 scripts/bench_server.py leaks --batch all --times 24        or one batch, or several

`leaks` submits each batch again and again, and ends with 1 if in the end more processes, descriptors or temporary folders are left
than after the second time. A server keeps processes ready (`--warm`), but in `latency`, whose like with them is `warm`, and `cold`, the same for `samples`.

Each part has a server with data of its own, in a temporary folder, that is gone afterwards.
"""

import argparse
import asyncio
import contextlib
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

from bench import leaks
from bench.batches import BATCHES, batch
from bench.environments import Unbuilt

HERE = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = pathlib.Path(os.environ.get("TESTRUNNER_BENCH", HERE / "target/release/testrunner"))
CONFIG = """
[serve]
submits_per_minute = 100000
submit_burst = 100000
streams = 2000
"""
ONE = "def test_one(): pass\n"


def quantile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * share))]


def ms(seconds):
    return f"{seconds * 1000:.1f} ms"


def spread(values):
    return f"p50 {ms(statistics.median(values))}, p99 {ms(quantile(values, 0.99))}, max {ms(max(values))}"


class Server:
    """`testrunner serve`, and requests to it."""

    def __init__(self, folder, *options, environment=None):
        self.folder = pathlib.Path(folder)
        self.data = self.folder / "data"
        (self.folder / "config.toml").write_text(CONFIG)
        self.options = options
        self.environment = environment
        self.start()

    def start(self):
        (self.data / "server.json").unlink(missing_ok=True)
        command = [PROGRAM, "--data-dir", self.data, "--config", self.folder / "config.toml", "serve"]
        command += ["--bind", "127.0.0.1:0", *self.options]
        with open(self.folder / "stderr", "ab") as said:
            self.process = subprocess.Popen(
                command, env=self.environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said
            )
        begun = time.monotonic()
        while not (self.data / "server.json").exists():
            if self.process.poll() is not None or time.monotonic() - begun > 120:
                sys.exit(f"the server does not start:\n{(self.folder / 'stderr').read_text()}")
            time.sleep(0.01)
        time.sleep(0.05)
        self.port = int(json.loads((self.data / "server.json").read_text())["url"].rsplit(":", 1)[1].strip("/"))
        self.token = (self.data / "token").read_text().strip()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)

    def pss(self):
        """Memory of the server's own process, in MiB; shared pages by their share."""
        for line in pathlib.Path(f"/proc/{self.process.pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
        return float("nan")

    def head(self, method, path, *more):
        lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", f"Authorization: Bearer {self.token}", *more]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    async def connect(self):
        return await asyncio.open_connection("127.0.0.1", self.port)


async def answer(reader):
    """Status and body of one answer."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    status = int(head.split(" ", 2)[1])
    headers = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
    if "content-length" in headers:
        return status, await reader.readexactly(int(headers["content-length"]))
    body = b""
    while headers.get("transfer-encoding") == "chunked":
        size = int((await reader.readline()).strip(), 16)
        body += (await reader.readexactly(size + 2))[:-2]
        if size == 0:
            break
    return status, body


async def call(server, method, path, body=b"", *more):
    reader, writer = await server.connect()
    try:
        writer.write(server.head(method, path, f"Content-Length: {len(body)}", "Connection: close", *more) + body)
        return await answer(reader)
    finally:
        writer.close()


def form(files):
    parts = [
        f'--XX\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n{text}\r\n'
        for name, text in files.items()
    ]
    return ("".join(parts) + "--XX--\r\n").encode()


async def submit(server, files):
    kind = "Content-Type: multipart/form-data; boundary=XX"
    status, body = await call(server, "POST", "/api/v1/testruns", form(files), kind)
    if status != 201:
        sys.exit(f"refused: {status} {body[:300]}")
    return json.loads(body)["id"]


async def stream(server, run):
    """Opens a Testrun's stream, again when there were too many requests at once."""
    while True:
        reader, writer = await server.connect()
        writer.write(server.head("GET", f"/api/v1/testruns/{run}/events", "Accept: text/event-stream"))
        if b" 200 " in await reader.readline():
            return reader, writer
        writer.close()
        await asyncio.sleep(0.05)


async def follow(server, run, seen):
    """Reads a Testrun's stream to its end; `seen` is told each event's type and when it came."""
    reader, writer = await stream(server, run)
    try:
        async for line in reader:
            if line.startswith(b"event: "):
                name = line[7:].strip().decode()
                if name == "end":
                    return
                seen(name, time.monotonic())
    finally:
        writer.close()


async def ended(server, run):
    await follow(server, run, lambda *_: None)


async def idle(server):
    await asyncio.sleep(3)
    print(f"idle: {server.pss():.1f} MiB")


async def latency(server):
    await ended(server, await submit(server, {"test_one.py": ONE}))
    created, started, finished = [], [], []
    for _ in range(200):
        begun = time.monotonic()
        run = await submit(server, {"test_one.py": ONE})
        created.append(time.monotonic() - begun)
        first = {}
        await follow(server, run, lambda name, at: first.setdefault(name, at))
        started.append(first["item_started"] - begun)
        finished.append(time.monotonic() - begun)
    print(f"acknowledged after        {spread(created)}")
    print(f"first event of a worker   {spread(started)}")
    print(f"one file, wholly          {spread(finished)}")


async def samples(server):
    """The two samples: submitted, and followed to the end."""
    files = {name: (HERE / "sample_test_files" / name).read_text() for name in ("test_passes.py", "test_fails.py")}
    await ended(server, await submit(server, files))
    created, finished = [], []
    for _ in range(100):
        # As people do, and not while what was used is replaced.
        await asyncio.sleep(0.1)
        begun = time.monotonic()
        run = await submit(server, files)
        created.append(time.monotonic() - begun)
        await ended(server, run)
        finished.append(time.monotonic() - begun)
    print(f"two samples, acknowledged {spread(created)}")
    print(f"two samples, wholly       {spread(finished)}")


async def many(server):
    """A hundred Testruns of one file, submitted by four clients."""
    await ended(server, await submit(server, {"test_one.py": ONE}))
    await asyncio.sleep(2)
    for _ in range(5):
        begun, left, runs = time.monotonic(), iter(range(100)), []

        async def client():
            for _ in left:
                runs.append(await submit(server, {"test_one.py": ONE}))

        before = processor_seconds(server)
        await asyncio.gather(*(client() for _ in range(4)))
        await asyncio.gather(*(ended(server, run) for run in runs))
        took = time.monotonic() - begun
        used = processor_seconds(server) - before
        print(f"100 Testruns of one file: {100 / took:.1f} a second, {used * 10:.1f} ms of processor time in the server for each")


def processor_seconds(server):
    fields = pathlib.Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def submits(server):
    """Sixteen clients submit as fast as they can; nothing runs meanwhile."""
    end, took = time.monotonic() + 10, []

    async def client():
        while time.monotonic() < end:
            begun = time.monotonic()
            await submit(server, {"test_one.py": ONE})
            took.append(time.monotonic() - begun)

    begun = time.monotonic()
    await asyncio.gather(*(client() for _ in range(16)))
    print(f"submits: {len(took) / (time.monotonic() - begun):.0f} a second with 16 clients, {spread(took)}")


async def events(server):
    text = "import pytest\n@pytest.mark.parametrize('n', range(20000))\ndef test_n(n): pass\n"
    await ended(server, await submit(server, {"test_one.py": ONE}))
    count = 0

    def seen(*_):
        nonlocal count
        count += 1

    begun = time.monotonic()
    await follow(server, await submit(server, {"test_many.py": text}), seen)
    took = time.monotonic() - begun
    print(f"events: {count} stored and streamed in {took:.1f} s, {count / took:.0f} a second (20,000 cases of pytest)")


async def fanout(server):
    text = "import time\ndef test_talks():\n    for n in range(200):\n        print('line', n, flush=True)\n        time.sleep(0.02)\n"
    await ended(server, await submit(server, {"test_one.py": ONE}))
    run = await submit(server, {"test_talks.py": text})
    came = {}
    totals = []

    async def client(number):
        count = 0

        def seen(_, at):
            nonlocal count
            came.setdefault(count, []).append(at)
            count += 1

        await follow(server, run, seen)
        totals.append(count)

    begun = time.monotonic()
    await asyncio.gather(*(client(n) for n in range(100)))
    took = time.monotonic() - begun
    apart = [max(times) - min(times) for times in came.values() if len(times) == 100]
    # What came before all had connected is read at once.
    apart = apart[len(apart) // 4 :]
    print(f"fan-out to 100 clients: {sum(totals)} events in {took:.1f} s, none missing: {len(set(totals)) == 1};"
          f" first to last client {spread(apart)}; {server.pss():.1f} MiB")


def fill(database, first, last, logs=False):
    """Copies the first Testrun to the numbers from `first` to `last`; with its log and its cases, or without."""
    with contextlib.closing(sqlite3.connect(database)) as base:
        base.execute("PRAGMA foreign_keys = OFF")
        columns = lambda table: [row[1] for row in base.execute(f"PRAGMA table_info({table})")]
        numbers = f"WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last}) "
        tables = [("testruns", "id"), ("run_counters", "run"), ("files", "run")]
        for table, key in [*tables, *([("events", "run"), ("cases", "run")] if logs else [])]:
            names = columns(table)
            values = []
            for name in names:
                value = f"t.{name}"
                if name == key:
                    value = "n.i"
                elif table == "testruns" and name == "username":
                    value = "'user' || (n.i % 50)"
                elif table == "testruns" and name in ("created_at", "started_at", "finished_at"):
                    value = f"t.{name} - ({last} - n.i) * 1000000"
                elif table == "testruns" and name == "labels":
                    value = "json_object('branch', 'b' || (n.i % 200), 'commit', printf('%010x', n.i * 1048583 % 1099511627776))"
                elif table == "files" and name == "path":
                    value = "'tests/test_' || (n.i % 5000) || '.py'"
                values.append(value)
            base.execute(f"INSERT INTO {table} ({','.join(names)}) {numbers}"
                         f"SELECT {','.join(values)} FROM n, {table} t WHERE t.{key} = 1")
        base.execute("INSERT INTO labels (run, key, value) SELECT t.id, l.key, l.value FROM testruns t, json_each(t.labels) l"
                     f" WHERE t.id BETWEEN {first} AND {last}")
        base.execute("UPDATE testruns SET status='FAILED', reason='tests_failed'"
                     f" WHERE id % 10 = 0 AND id BETWEEN {first} AND {last}")
        base.commit()


async def large_list(server):
    await ended(server, await submit(server, {"test_one.py": ONE}))
    server.stop()
    fill(server.data / "testrunner.db", 2, 100_000)
    server.start()
    for what, query in [
        ("newest 50", ""),
        ("next 50", "cursor"),
        ("FAILED", "?status=FAILED"),
        ("one user", "?username=user7"),
        ("a label", "?label=branch%3Db7"),
        ("text, many", "?text=test_42"),
        ("text, none", "?text=nothing-like-it"),
        ("a day", f"?created_from={int((time.time() - 86400) * 1e6)}"),
    ]:
        took, path = [], f"/api/v1/testruns{query}"
        if query == "cursor":
            _, body = await call(server, "GET", "/api/v1/testruns?limit=500")
            path = f"/api/v1/testruns?cursor={json.loads(body)['next_cursor']}"
        for _ in range(20):
            begun = time.monotonic()
            status, body = await call(server, "GET", path)
            took.append(time.monotonic() - begun)
        rows = len(json.loads(body)["testruns"])
        print(f"100,000 Testruns, {what:<11} {status}, {rows} rows: {spread(took)}")


async def slow(server):
    """200 that drip headers and 200 that follow and never read, while others ask how the server is."""
    await ended(server, await submit(server, {"test_one.py": ONE}))
    run = await submit(server, {"test_hangs.py": "import time\ndef test_a(): time.sleep(60)\n"})
    before = server.pss()
    open_ = []

    async def drip():
        reader, writer = await server.connect()
        open_.append(writer)
        with contextlib.suppress(ConnectionError):
            for byte in server.head("GET", "/healthz", "X: " + "y" * 200):
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(0.5)

    async def silent():
        _, writer = await stream(server, run)
        open_.append(writer)

    drips = [asyncio.ensure_future(drip()) for _ in range(200)]
    await asyncio.gather(*(silent() for _ in range(200)))
    took = []
    end = time.monotonic() + 15
    while time.monotonic() < end:
        begun = time.monotonic()
        status, _ = await call(server, "GET", "/healthz")
        took.append(time.monotonic() - begun)
        if status != 200:
            sys.exit(f"healthz: {status}")
        await asyncio.sleep(0.01)
    during = server.pss()
    for task in drips:
        task.cancel()
    for writer in open_:
        writer.close()
    await call(server, "POST", f"/api/v1/testruns/{run}/cancel")
    print(f"200 slow and 200 silent clients: {len(took)} times healthz, {spread(took)};"
          f" memory {before:.1f} -> {during:.1f} MiB")


def repeated(name, times):
    """One batch on a server of its own, in the environment that its tests need."""
    chosen = batch(name)
    with tempfile.TemporaryDirectory(prefix="testrunner-bench-") as folder:
        server = Server(folder, "--python", chosen.python, environment=leaks.scratch(folder))
        try:
            leaks.repeat(server, PROGRAM, chosen, times)
        finally:
            server.stop()
        leaks.ended(chosen)


def repeat_all(names, times):
    """All of these batches; what has leaked or could not be done is told at the end."""
    leaked = []
    for name in names:
        try:
            repeated(name, times)
        except (leaks.Leaked, Unbuilt, subprocess.TimeoutExpired, SystemExit) as error:
            leaked.append(str(error))
    if leaked:
        sys.exit("\n".join(leaked))
    print(f"nothing has leaked: {', '.join(names)}, {times} times each")


def measured(name):
    """One part, on a server of its own."""
    part, options = PARTS[name]
    folder = tempfile.mkdtemp(prefix="testrunner-bench-")
    server = Server(folder, *options)
    try:
        asyncio.run(part(server))
    finally:
        server.stop()
        shutil.rmtree(folder)


LEAKS = "leaks"
PARTS = {
    "idle": (idle, []),
    "latency": (latency, ["--warm", "0"]),
    "warm": (latency, []),
    "samples": (samples, []),
    "cold": (samples, ["--warm", "0"]),
    "many": (many, []),
    "submits": (submits, ["-j", "1"]),
    "events": (events, []),
    "fanout": (fanout, []),
    "list": (large_list, []),
    "slow": (slow, []),
}


def times(text):
    """At least three: what is left after the second is compared with what is left after the last."""
    if (number := int(text)) < 3:
        raise argparse.ArgumentTypeError("at least 3, as the last is held against the second")
    return number


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS, LEAKS], default=[])
    parser.add_argument("--batch", action="append", choices=[*BATCHES, "all"], help="what leaks submits; may be repeated [small100]")
    parser.add_argument("--times", type=times, help="how often leaks submits each of them [25]")
    options = parser.parse_args()
    if (options.batch or options.times) and options.parts and LEAKS not in options.parts:
        parser.error("--batch and --times are about the part leaks")
    names = options.batch or ["small100"]
    # Last of all, because it may fail.
    for name in options.parts or [*PARTS, LEAKS]:
        if name == LEAKS:
            repeat_all(BATCHES if "all" in names else names, options.times or 25)
        else:
            measured(name)


if __name__ == "__main__":
    main()
