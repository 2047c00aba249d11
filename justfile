# The commands in plain words stand in README.md and CONTRIBUTING.md; these are shorthands.

default:
    @just --list

# Everything that has to pass before a commit
check: fmt lint test doc

test:
    cargo test --workspace

fmt:
    cargo fmt --all --check

lint:
    cargo clippy --workspace --all-targets -- -D warnings

doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

# Licences and sources of the dependencies
deny:
    cargo deny check bans licenses sources

# Figures of TestRunner and its peers, goal by goal: `just bench --quick`, `just bench --goal P3`; docs/benchmarks.md
bench *ARGS:
    python3 scripts/bench {{ARGS}}

# Single steps, with statistics: the stores' (memory, SQLite, Postgres if TESTRUNNER_TEST_POSTGRES is set), the planner, streams
criterion:
    cargo bench -p testrunner-testkit -p testrunner-store-sqlite -p testrunner-store-postgres --bench steps
    cargo bench -p testrunner-testkit --bench plan
    cargo bench -p testrunner-http --bench fanout

# Instructions of the hot paths, against those of scripts/instructions.json; needs valgrind
instructions *ARGS:
    python3 scripts/instructions.py {{ARGS}}

# TestRunner against plain pytest, case by case, on the test suites of attrs, click, jinja2, packaging and pluggy
parity *ARGS:
    python3 scripts/parity.py {{ARGS}}

# Figures of the server: latency, throughput, fan-out, memory, large lists, slow clients (after `cargo build --release`);
# `just bench-server leaks --batch all --times 24`: what is left of batches that are submitted again and again
bench-server *ARGS:
    python3 scripts/bench_server.py {{ARGS}}

# Three hosts in network namespaces, as root: what fails between machines; so many faults
fleet CYCLES="100":
    TESTRUNNER_FLEET_CYCLES={{CYCLES}} cargo test -p testrunner-cli --test fleet

# Figures: how two workers on two hosts share 2,000 files; what one Postgres takes
bench-fleet:
    TESTRUNNER_FLEET_SPEED=1 cargo test --release -p testrunner-cli --test fleet speed -- --nocapture
    cargo run --release -p testrunner-store-postgres --example rates

# The web console, built anew from its source into what the crate embeds
console:
    cd testrunner-http/console && npm ci && npm run api && npm run build
