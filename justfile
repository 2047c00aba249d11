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

# First figures: the same tiny files under pytest, pytest -n 2, one process per file, and testrunner
bench:
    python3 scripts/bench.py
