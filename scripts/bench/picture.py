"""The pictures of the README and of the pages: `speed`, `memory`, `growth`, `steps`, each for light and for dark pages."""

from bench import anatomy, growth
from bench.bars import DARK, LIGHT, Bar, Panel, draw
from bench.peers import LOAD, OURS, OURS_GROUP, PYTEST, SEQUENTIAL, TWO

ABOUT = {
    "small100": "100 files of 3 trivial tests",
    "small1000": "1,000 files of 3 trivial tests",
    "skewed": "40 files, a few of them long, second run",
    "jinja2": "the test suite of Jinja 3.1.6",
    "click": "the test suite of Click 8.5.1",
}
#: By name: what it is called in a picture, and how it is coloured. Grey in two shades: with a process for each file, and without.
SHOWN = {
    OURS: ("testrunner, a process per file", "ours"),
    OURS_GROUP: ("testrunner, ten files a process", "also"),
    LOAD: ("pytest -n 2 (xdist)", "other"),
    PYTEST: ("pytest, one process", "other"),
    TWO: ("pytest, a process per file, 2 at a time", "theirs"),
    SEQUENTIAL: ("pytest, a process per file", "theirs"),
}


def draw_all(figures, machine, folder):
    """Writes the pictures that there are figures for; their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    cores = f"{machine['processors']} processors, Python {machine['python']}, medians, {machine['when'][:10]}"
    written = []
    for name, title, about, panels in (
        ("speed", "Time of the same tests", f"Seconds, less is better. {cores}", speed(figures)),
        ("memory", "Memory of all processes together", f"Largest PSS in MB, less is better. {cores}", memory(figures)),
        ("growth", "What many of them cost", f"Milliseconds; flat is good. {cores}", grown(figures)),
        ("steps", "What a test file costs", f"Milliseconds from left to right; one slot. Blue: TestRunner; grey: pytest. {cores}", steps(figures)),
    ):
        for palette, end in ((LIGHT, "light"), (DARK, "dark")):
            if panels:
                path = folder / f"{name}-{end}.svg"
                path.write_text(draw(title, about, panels, palette))
                written.append(path)
    return written


def speed(figures):
    panels = []
    for batch, about in ABOUT.items():
        bars = bar_each((peer, figures.wall(batch, peer)) for peer in SHOWN)
        bound = figures.batches.get(batch, {}).get("bound_s")
        mark = (bound, f"nobody can be faster than {bound:.1f} s") if bound else None
        if bars:
            panels.append(Panel(batch, about, bars, mark))
    return panels


def memory(figures):
    panels = []
    for batch, peaks in figures.peaks.items():
        bars = bar_each(((peer, peaks.get(peer)) for peer in SHOWN), "{:.0f} MB".format)
        panels.append(Panel(batch, ABOUT[batch], bars))
    return panels


def grown(figures):
    panels = []
    if figures.growth:
        bars = [(files, growth.per_file(figures, files) * 1e3) for files in sorted(figures.growth)]
        shown = tuple(Bar(f"{files:,} files", value, f"{value:.1f} ms", "ours") for files, value in bars)
        panels.append(Panel("a file", "processor time of each further file of a Testrun", shown))
    for verb, about in (("create", "storing a Testrun, durably"), ("list", "the newest 50 Testruns")):
        bars = [(f"{size:,} Testruns", middle(entry[verb])) for size, entry in figures.ledger.items()]
        if bars:
            first = next(iter(figures.ledger.values()))
            bars.insert(0, ("empty ledger", middle(first[f"{verb}_empty"])))
            shown = tuple(Bar(name, value, f"{value:.2f} ms", "ours") for name, value in bars)
            panels.append(Panel(verb, about, shown))
    return panels


#: Two shades of ours: the program in Rust, and its processes in Python.
WHO = {anatomy.OURS: "ours", anatomy.PROCESS: "also", anatomy.PYTEST: "other"}
STEPS = {
    "testrun": ("a Testrun", "of one file with three tests, from its first byte to the client that is told of its end; warm server"),
    "file": ("a further file", "of a Testrun of 100 files"),
}


def steps(figures):
    panels = []
    for name, (title, about) in STEPS.items():
        bars, start = [], 0.0
        for step in figures.steps.get(name, ()):
            bars.append(Bar(step["about"], step["ms"], f"{step['ms']:.2f} ms", WHO[step["who"]], start))
            start += step["ms"]
        if bars:
            panels.append(Panel(title, f"{about}: {start:.1f} ms", tuple(bars)))
    return panels


def middle(times):
    return sorted(times)[len(times) // 2] / 1e3


def bar_each(values, label=lambda value: f"{value:.2f} s" if value < 10 else f"{value:.1f} s"):
    return tuple(Bar(SHOWN[peer][0], value, label(value), SHOWN[peer][1]) for peer, value in values if value)
