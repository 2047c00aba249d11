"""The tables, and the same as JSON."""

import dataclasses
import json

from bench import server
from bench.figures import Figures, Sample, median
from bench.growth import per_file
from bench.goals import ABOUT, Row
from bench.peers import OURS


def text(session):
    """Everything that there is to read."""
    figures = session["figures"]
    parts = [head(session)]
    parts += [of_batch(figures, batch) for batch in figures.batches if figures.peers(batch)]
    parts += [section for section in (of_server(figures), of_steps(figures), of_rates(figures), of_growth(figures)) if section]
    parts.append(of_goals(session["goals"]))
    parts.append(of_missing(figures))
    return "\n\n".join(parts)


def head(session):
    machine, before, after = session["machine"], session["load_before"], session["load_after"]
    lines = [
        f"{machine['when']}: {machine['processors']} x {machine['processor']}, {machine['memory_mb']} MB, Linux {machine['kernel']}",
        f"{machine['testrunner']} ({machine['commit']}, {machine['changed_files']} changed files), Python {machine['python']}, {machine['rustc']}",
        f"load average {before['1min']} before, {after['1min']} after; {session['minutes']:.1f} minutes",
    ]
    others = before["1min"] > 0.5 * machine["processors"]
    if others:
        lines.append("The machine was busy before it began: trust the ratios, not the seconds.")
    return "\n".join(lines)


def of_batch(figures, batch):
    known = figures.batches[batch]
    bound = f", lower bound {known['bound_s']:.1f} s" if known["bound_s"] else ""
    peaks = figures.peaks.get(batch, {})
    lines = []
    for peer in figures.peers(batch):
        walls = [sample.wall_s for sample in figures.of(batch, peer)]
        # How often ours fits into it; of itself, 1.
        ratio = figures.ratio(batch, peer, OURS)
        lines.append([
            peer, f"{figures.wall(batch, peer):.2f}", f"{min(walls):.2f}-{max(walls):.2f}", str(len(walls)),
            f"{figures.cpu(batch, peer):.2f}", f"{ratio:.2f}" if ratio else "", f"{peaks[peer]:.0f}" if peer in peaks else "",
        ])  # fmt: skip
    title = f"{batch}: {known['files']} files{bound}"
    return title + "\n" + table(["", "wall s", "from-to", "runs", "cpu s", "times ours", "PSS MB"], lines)


def of_server(figures):
    lines = server.summary(figures)
    return "server\n" + "\n".join(f"  {line}" for line in lines) if lines else None


def of_rates(figures):
    lines = []
    for store, rates in figures.rates.items():
        for rate in rates:
            p50, p99 = (f"{rate[name] / 1e3:.2f}" if rate[name] is not None else "" for name in ("p50_us", "p99_us"))
            batch, testruns = (str(rate[name]) if rate[name] > 1 else "" for name in ("batch", "testruns"))
            lines.append([store, rate["part"], batch, testruns, str(rate["at_once"]), f"{rate['per_second']:,.0f}", p50, p99])
    for one in figures.raw:
        lines.append(["sqlite", "followed", "100", "", "1", f"{one['ours']:,.0f}", "", ""])
        lines.append(["raw SQLite", "events", "100", "", "1", f"{one['raw']:,.0f}", "", ""])
    heads = ["ledger", "what", "batch", "Testruns", "at once", "a second", "p50 ms", "p99 ms"]
    return table(heads, lines) if lines else None


def of_steps(figures):
    parts = []
    for name, steps in figures.steps.items():
        lines = [[step["about"], step["who"], f"{step['ms']:.2f}"] for step in steps]
        lines.append(["together", "", f"{sum(step['ms'] for step in steps):.2f}"])
        parts.append(table([f"what a {name} costs", "who", "ms"], lines))
    return "\n\n".join(parts) if parts else None


def of_growth(figures):
    lines = []
    for files in sorted(figures.growth):
        wall, cpu, own = (per_file(figures, files, name) * 1e3 for name in ("wall_s", "cpu_s", "own_cpu_s"))
        lines.append([f"{files:,} files", f"{wall:.2f}", f"{cpu:.2f}", f"{own:.3f}"])
    parts = [table(["each further file", "wall ms", "cpu ms", "of it ours"], lines)] if lines else []
    lines = []
    for size, entry in figures.ledger.items():
        cells = [f"{sorted(entry[name])[len(entry[name]) // 2] / 1e3:.2f}" for name in ("create", "create_empty", "list", "list_empty")]
        lines.append([f"{size:,} Testruns", *cells])
    if lines:
        parts.append(table(["SQLite", "create ms", "empty ledger", "list ms", "empty ledger"], lines))
    if figures.asked:
        questions = dict.fromkeys(what for asked in figures.asked.values() for what in asked)
        middle = lambda asked, what: f"{median(asked[what]):.2f}" if what in asked else ""
        lines = [[what, *(middle(asked, what) for asked in figures.asked.values())] for what in questions]
        parts.append(table(["asked by HTTP, ms", *(f"{size:,}" for size in figures.asked)], lines))
    return "\n\n".join(parts) if parts else None


def of_goals(judged):
    lines, last = [], None
    for row in judged:
        about = ABOUT[row.goal][0] if row.goal != last else ""
        peer = f"{number(row.peer)} {row.unit}".strip() if row.peer is not None else ""
        peer += f" ({row.source})" if peer and row.source != "now" else ""
        ours = f"{number(row.ours)} {row.unit}".strip() if row.ours is not None else "not measured"
        met = {True: "met", False: "MISSED", None: "open"}[row.met]
        lines.append([
            row.goal if about else "", about, row.what, ours, row.against, peer,
            number(row.value), f"{row.way} {number(row.wanted)}", met,
        ])  # fmt: skip
        last = row.goal
    heads = ["goal", "", "what", "ours", "against", "theirs", "compared", "wanted", ""]
    counted = {met: sum(row.met is met for row in judged) for met in (True, False, None)}
    return table(heads, lines) + f"\n\n{counted[True]} met, {counted[False]} missed, {counted[None]} open"


def of_missing(figures):
    if not figures.missing:
        return "Everything was measured."
    lines = [f"  {one['what']}: {' '.join(one['why'].split())[:300]}" for one in figures.missing]
    return "Not measured, or to be known:\n" + "\n".join(lines)


def number(value):
    if value is None:
        return ""
    if value == int(value) and abs(value) < 1_000:
        return f"{value:.0f}"
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.3g}" if abs(value) < 1 else f"{value:.2f}" if abs(value) < 100 else f"{value:.1f}"


def table(heads, lines):
    """Columns as wide as what stands in them; numbers to the right."""
    widths = [max(len(line[n]) for line in [heads, *lines]) for n in range(len(heads))]
    right = [all(not line[n] or line[n][0] in "0123456789." for line in lines) for n in range(len(heads))]
    shown = []
    for line in [heads, *lines]:
        cells = (cell.rjust(width) if is_right else cell.ljust(width) for cell, width, is_right in zip(line, widths, right))
        shown.append("  ".join(cells).rstrip())
    return "\n".join([shown[0], "-" * max(map(len, shown)), *shown[1:]])


def document(session):
    """All of it, for programs."""
    figures = dataclasses.asdict(session["figures"])
    return json.dumps({**session, "figures": figures, "goals": [dataclasses.asdict(row) for row in session["goals"]]}, indent=1)


def read(path):
    """A session from its JSON."""
    session = json.loads(path.read_text())
    figures = Figures(**session["figures"])
    figures.samples = [Sample(**sample) for sample in figures.samples]
    # The keys of JSON are texts.
    for name in ("growth", "ledger", "asked"):
        setattr(figures, name, {int(key): value for key, value in getattr(figures, name).items()})
    return {**session, "figures": figures, "goals": [Row(**row) for row in session["goals"]]}
