"""The goals P1 to P12: what is wanted, what was measured, and whether it is met."""

import dataclasses
import statistics

from bench import documented, growth
from bench.peers import LOAD, OURS, OURS_GROUP, PYTEST, SEQUENTIAL, TWO

NOW, DOCUMENTED, ESTIMATE = "now", "documented", "estimate"

#: What each goal is about, and what has to be measured for it.
ABOUT = {
    "P1": ("small100, strict isolation", ("small100",)),
    "P2": ("jinja2 and click, strict isolation, all plugins", ("jinja2", "click")),
    "P3": ("skewed, second run (with history)", ("skewed",)),
    "P4": ("small1000, strict isolation", ("small1000",)),
    "P5": ("small1000, level group", ("small1000",)),
    "P6": ("CPU per tiny file, strict", ("small1000",)),
    "P7": ("submit to final, warm server, 2 samples", ("server",)),
    "P8": ("100 Testruns of one file, server", ("server",)),
    "P9": ("durable no-op items, claim to verdict", ("rates",)),
    "P10": ("events stored, batches of 100, subscriber", ("raw",)),
    "P11": ("memory", ("small100", "jinja2", "server")),
    "P12": ("growth", ("growth", "ledger")),
}


@dataclasses.dataclass
class Row:
    """One comparison."""

    goal: str
    what: str
    unit: str
    ours: float
    against: str
    peer: float
    #: Where the peer's figure is from.
    source: str
    #: What is compared with the bound: ours by the peer's, the peer's by ours, or ours itself.
    value: float
    #: "<=" or ">=".
    way: str
    wanted: float
    met: bool = None

    def __post_init__(self):
        if self.value is not None:
            self.met = self.value <= self.wanted if self.way == "<=" else self.value >= self.wanted


def rows(figures, wanted):
    """All rows of these goals that have something to say; a figure that is missing leaves `met` open."""
    judged = []
    for goal in wanted:
        judged += JUDGES[goal](figures)
    return judged


def share(goal, figures, batch, ours, against, wanted):
    """Our wall as a part of a peer's."""
    value = figures.ratio(batch, ours, against)
    return Row(goal, batch, "s", figures.wall(batch, ours), against, figures.wall(batch, against), NOW, value, "<=", wanted)


def times(goal, figures, batch, against, wanted):
    """How often ours fits into a peer's wall."""
    value = divided(figures.wall(batch, against), figures.wall(batch, OURS))
    return Row(goal, batch, "s", figures.wall(batch, OURS), against, figures.wall(batch, against), NOW, value, ">=", wanted)


def absolute(goal, what, unit, ours, way, wanted, against="", peer=None, source=""):
    """Our figure against a bound of its own; a peer's is shown beside it."""
    return Row(goal, what, unit, ours, against, peer, source, ours, way, wanted)


def divided(one, other):
    return one / other if one is not None and other else None


def p1(figures):
    return [
        times("P1", figures, "small100", SEQUENTIAL, 30),
        times("P1", figures, "small100", TWO, 14),
        share("P1", figures, "small100", OURS, LOAD, 0.70),
        share("P1", figures, "small100", OURS, PYTEST, 1.0),
    ]


def p2(figures):
    found = []
    for batch in ("jinja2", "click"):
        found.append(share("P2", figures, batch, OURS, LOAD, 0.50))
        parity = figures.parity.get(batch)
        cases = f" of {parity['cases']}" if parity else ""
        differences = parity["differences"] if parity else None
        found.append(absolute("P2", f"{batch}: cases that differ{cases}", "", differences, "<=", 0, "pytest FILE", None, NOW))
    return found


def p3(figures):
    bound = figures.batches.get("skewed", {}).get("bound_s")
    wall = figures.wall("skewed", OURS)
    return [
        Row("P3", "skewed", "s", wall, "lower bound", bound, NOW, divided(wall, bound), "<=", 1.10),
        share("P3", figures, "skewed", OURS, LOAD, 0.80),
    ]


def p4(figures):
    return [share("P4", figures, "small1000", OURS, LOAD, 1.0), share("P4", figures, "small1000", OURS, LOAD, 0.85)]


def p5(figures):
    return [share("P5", figures, "small1000", OURS_GROUP, LOAD, 0.5), share("P5", figures, "small1000", OURS_GROUP, PYTEST, 0.8)]


def p6(figures):
    files = figures.batches.get("small1000", {}).get("files")
    each = lambda seconds: divided(seconds and seconds * 1e3, files)
    floor = each(figures.cpu("small1000", PYTEST))
    return [
        absolute("P6", "CPU per file, all processes", "ms", each(figures.cpu("small1000", OURS)), "<=", 10, PYTEST, floor, NOW),
        absolute("P6", "CPU per file, our process", "ms", each(figures.own_cpu("small1000", OURS)), "<=", 0.5),
    ]


def p7(figures):
    took = figures.server.get("latency_s")
    ours = statistics.median(took) * 1e3 if took else None
    return [absolute("P7", "submit to final, median", "ms", ours, "<=", 45, "the seed's stack", documented.SEED_LATENCY_S * 1e3, DOCUMENTED)]


def p8(figures):
    rates = figures.server.get("testruns_per_s")
    ours = statistics.median(rates) if rates else None
    return [absolute("P8", "Testruns a second", "/s", ours, ">=", 90, "the seed's stack", documented.SEED_TESTRUNS_PER_S, DOCUMENTED)]


def p9(figures):
    best = lambda store, part, **fits: (figures.rate(store, part, **fits) or {}).get("per_second")
    found = [
        absolute("P9", "SQLite, claim to verdict", "/s", best("sqlite", "items"), ">=", 5_000, "Celery", documented.CELERY_PER_S, DOCUMENTED),
        absolute("P9", "SQLite, through a worker", "/s", best("sqlite", "worker"), ">=", 5_000, "Celery", documented.CELERY_PER_S, DOCUMENTED),
    ]
    for batch, theirs in documented.APALIS_PER_S.items():
        ours = best("postgres", "items", batch=batch)
        what = f"Postgres, batches of {batch}"
        found.append(Row("P9", what, "/s", ours, "apalis-postgres", theirs, DOCUMENTED, divided(ours, theirs), ">=", 1.0))
    return found


def p10(figures):
    middle = lambda name: statistics.median(one[name] for one in figures.raw) if figures.raw else None
    value = statistics.median(one["ours"] / one["raw"] for one in figures.raw) if figures.raw else None
    return [Row("P10", "events a second", "/s", middle("ours"), "raw SQLite", middle("raw"), NOW, value, ">=", 0.5)]


def p11(figures):
    found = []
    for batch in ("small100", "jinja2"):
        peaks = figures.peaks.get(batch, {})
        ours, theirs = peaks.get(OURS), peaks.get(LOAD)
        found.append(Row("P11", f"{batch}, PSS of all", "MB", ours, LOAD, theirs, NOW, divided(ours, theirs), "<=", 0.5))
    idle = figures.server.get("idle", {}).get("rss")
    found.append(absolute("P11", "idle server, RSS", "MB", idle, "<=", 30, "the seed's stack", documented.SEED_RSS, DOCUMENTED))
    return found


def p12(figures):
    each = {files: growth.per_file(figures, files) for files in figures.growth}
    least, most = min(each, default=None), max(each, default=None)
    small, large = (each.get(files) for files in (least, most))
    ms = lambda seconds: seconds and seconds * 1e3
    found = [
        Row("P12", f"CPU per file, {most or 10_000} files", "ms", ms(large), f"{least or 10} files", ms(small), NOW, divided(large, small), "<=", 1.15)
    ]
    size = max(figures.ledger, default=None)
    for verb in ("create", "list"):
        full = empty = None
        if size:
            full, empty = (statistics.median(figures.ledger[size][verb + end]) / 1e3 for end in ("", "_empty"))
        what = f"{verb}, {size or 1_000_000:,} Testruns"
        found.append(Row("P12", what, "ms", full, "empty ledger", empty, NOW, divided(full, empty), "<=", 1.15))
    return found


JUDGES = {"P1": p1, "P2": p2, "P3": p3, "P4": p4, "P5": p5, "P6": p6, "P7": p7, "P8": p8, "P9": p9, "P10": p10, "P11": p11, "P12": p12}
