"""Figures of TestRunner and its peers, measured by turns in one session. docs/benchmarks.md says what each one means.

    just bench [--quick] [--goal P3]... [--batch small100]... [--rounds 5] [--slow] [--million]

One module a subject: `batches` makes the test files, `environments` and `peers` say what is compared, `measure` runs one
command, `duel` lets commands take turns, `suites`, `cpu`, `server`, `ledger` and `growth` measure, `goals` judges, `report` and
`picture` show.
"""
