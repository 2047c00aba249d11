"""Batches under all peers, which take turns: a slow minute of the machine is everybody's."""

import contextlib
import shutil

from bench import peers
from bench.batches import SUITES, batch
from bench.environments import Unbuilt
from bench.figures import Sample
from bench.measure import Hung, Wrong, run
from bench.peers import (
    KARVA, LOAD, LOADFILE, OTHERS, OURS, OURS_GROUP, PYTEST, RTEST, RUSTEST, SEQUENTIAL, TWO, WORKSTEAL, counts,
)  # fmt: skip
from bench.place import HOME, note

#: In each round.
EACH = {
    "small100": (OURS, OURS_GROUP, PYTEST, LOAD, LOADFILE, WORKSTEAL, KARVA, RTEST, RUSTEST),
    "small1000": (OURS, OURS_GROUP, PYTEST, LOAD),
    "skewed": (OURS, LOAD),
    "jinja2": (OURS, PYTEST, LOAD),
    "click": (OURS, PYTEST, LOAD),
}
#: In the first round only; not in a quick session.
ONCE = {
    "small100": (),
    "small1000": (LOADFILE, WORKSTEAL, KARVA, RTEST, RUSTEST),
    "skewed": (PYTEST, LOADFILE, WORKSTEAL, KARVA, RTEST, RUSTEST),
    "jinja2": (OURS_GROUP, LOADFILE, WORKSTEAL, KARVA, RTEST, RUSTEST),
    "click": (OURS_GROUP, LOADFILE, WORKSTEAL, KARVA, RTEST, RUSTEST),
}
#: A process for each file takes so long that it runs once, and on small1000 not at all.
SLOW = {"small100": (SEQUENTIAL, TWO), "small1000": (), "skewed": (TWO,), "jinja2": (SEQUENTIAL, TWO), "click": (SEQUENTIAL, TWO)}
ROUNDS = {"small100": 5, "small1000": 3, "skewed": 3, "jinja2": 5, "click": 3}
QUICK_ROUNDS = {"small100": 3, "small1000": 3, "skewed": 2, "jinja2": 3, "click": 2}
#: Whose memory is compared.
WEIGHED = {"small100": (OURS, OURS_GROUP, PYTEST, LOAD), "jinja2": (OURS, PYTEST, LOAD)}


def measure(name, options, figures):
    """One batch, all its peers and rounds."""
    try:
        chosen = batch(name)
    except (Unbuilt, SystemExit) as error:
        return figures.miss(f"batch {name}", error)
    figures.batches[name] = {"files": len(chosen.files), "bound_s": chosen.bound}
    data = HOME / "data" / name
    shutil.rmtree(data, ignore_errors=True)
    rounds = options.rounds or (QUICK_ROUNDS if options.quick else ROUNDS)[name]
    each, once = [*EACH[name]], [*ONCE[name]]
    if options.quick:
        once = []
    once += [peer for peer in SLOW[name] if options.slow or not options.quick or name == "small100"]
    turns = Turns(chosen, options.testrunner, data, figures)
    turns.prepare(each + once)
    for number in range(rounds):
        note(f"{name}: round {number + 1} of {rounds}")
        order = each if number % 2 == 0 else each[::-1]
        for peer in order:
            turns.take(peer, number)
        if number == 0:
            for peer in once:
                turns.take(peer, number)
    for peer in WEIGHED.get(name, ()):
        turns.weigh(peer)
    shutil.rmtree(data, ignore_errors=True)


class Turns:
    """One batch; peers that failed are left out from then on, and named."""

    def __init__(self, batch, program, data, figures):
        self.batch, self.program, self.data, self.figures = batch, program, data, figures
        self.ready = {}

    def prepare(self, names):
        """Warms what is to run (byte code, page cache, environments, history), and leaves out who counts otherwise."""
        expected = {"passed": self.batch.passed} if self.batch.passed else None
        # pytest first: the others are held against it.
        for name in sorted(names, key=lambda name: name != PYTEST):
            with self.reported(name):
                peer = peers.peer(name, self.batch, self.program, self.data)
                # Where a run takes long, what is cold does not matter, but for the history that only a run can make.
                is_warm = peer.slow or self.batch.name == "skewed" and name not in (OURS, *OTHERS)
                done = None if is_warm else self.run(peer)
                if name == PYTEST and done:
                    expected = counts(done.output)
                elif name in OTHERS and (counted := counts(done.output)) != expected:
                    raise Wrong(f"counts {said(counted)} where pytest counts {said(expected or {})}")
                self.ready[name] = peer

    def take(self, name, number):
        if name not in self.ready:
            return
        with self.reported(name):
            done = self.run(self.ready[name])
            sample = Sample(self.batch.name, name, number, done.wall, done.cpu, done.own_cpu)
            self.figures.samples.append(sample)

    def weigh(self, name):
        if name not in self.ready:
            return
        with self.reported(name):
            done = self.run(self.ready[name], watched=True)
            self.figures.peaks.setdefault(self.batch.name, {})[name] = done.peak

    def run(self, peer, **more):
        done = run(peer.command, peer.folder, bound=peer.bound, codes=peer.codes, **more, **peer.more)
        if done.left:
            self.figures.miss(f"{peer.name} on {self.batch.name}", f"measured, but left {done.left} processes behind, which were killed")
        return done

    @contextlib.contextmanager
    def reported(self, name):
        try:
            yield
        except (Hung, Wrong, Unbuilt, OSError, SystemExit) as error:
            note(f"{self.batch.name}: without {name}")
            self.ready.pop(name, None)
            if name in (OURS, OURS_GROUP):
                raise
            self.figures.miss(f"{name} on {self.batch.name}", error)


def said(counted):
    return ", ".join(f"{number} {word}" for word, number in counted.items()) or "nothing"
