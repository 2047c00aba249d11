"""What a session has measured, and what it could not."""

import dataclasses
import statistics


@dataclasses.dataclass
class Sample:
    """One run of one peer."""

    batch: str
    peer: str
    round: int
    wall_s: float
    cpu_s: float
    own_cpu_s: float


@dataclasses.dataclass
class Figures:
    """Everything, as it comes."""

    samples: list = dataclasses.field(default_factory=list)
    #: Peak PSS in MB by batch and peer.
    peaks: dict = dataclasses.field(default_factory=dict)
    #: Files and lower bound of each batch.
    batches: dict = dataclasses.field(default_factory=dict)
    #: Batches whose cases were compared with `pytest FILE`: how many differ without a reason.
    parity: dict = dataclasses.field(default_factory=dict)
    server: dict = dataclasses.field(default_factory=dict)
    #: Lines of the examples `rates`, by store.
    rates: dict = dataclasses.field(default_factory=dict)
    #: Events stored a second by raw SQLite and by the store, pass by pass.
    raw: list = dataclasses.field(default_factory=list)
    #: Of a Testrun of so many files: processor seconds of each run.
    growth: dict = dataclasses.field(default_factory=dict)
    #: What was done for one Testrun of one file, and for each further file, in order.
    steps: dict = dataclasses.field(default_factory=dict)
    #: With so many Testruns in the ledger: what one `create` and one `list` took.
    ledger: dict = dataclasses.field(default_factory=dict)
    #: And what a server took for each question, in milliseconds.
    asked: dict = dataclasses.field(default_factory=dict)
    missing: list = dataclasses.field(default_factory=list)

    def miss(self, what, why):
        """Notes what could not be measured."""
        entry = {"what": what, "why": str(why)}
        if entry not in self.missing:
            self.missing.append(entry)

    def of(self, batch, peer):
        return [sample for sample in self.samples if (sample.batch, sample.peer) == (batch, peer)]

    def peers(self, batch):
        """Those that ran on a batch, in the order of their first run."""
        return list(dict.fromkeys(sample.peer for sample in self.samples if sample.batch == batch))

    def wall(self, batch, peer):
        """Median in seconds; `None` when it did not run."""
        return median(sample.wall_s for sample in self.of(batch, peer))

    def cpu(self, batch, peer):
        return median(sample.cpu_s for sample in self.of(batch, peer))

    def own_cpu(self, batch, peer):
        return median(sample.own_cpu_s for sample in self.of(batch, peer))

    def ratio(self, batch, peer, of):
        """The median of `peer`'s wall by `of`'s, round by round where both ran in it; else of the medians."""
        walls = {sample.round: sample.wall_s for sample in self.of(batch, of)}
        pairs = [sample.wall_s / walls[sample.round] for sample in self.of(batch, peer) if sample.round in walls]
        if len(pairs) > 1:
            return median(pairs)
        ours, theirs = self.wall(batch, peer), self.wall(batch, of)
        return ours / theirs if ours and theirs else None

    def rate(self, store, part, **wanted):
        """The best of the lines that fit; `None` without any."""
        lines = [
            line for line in self.rates.get(store, [])
            if line["part"] == part and all(line[name] == value for name, value in wanted.items())
        ]  # fmt: skip
        return max(lines, key=lambda line: line["per_second"], default=None)


def median(values):
    values = list(values)
    return statistics.median(values) if values else None
