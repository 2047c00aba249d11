-- Times are microseconds since 1970 UTC, by the store's clock. Enumerations are stored by their name on the wire.

-- What timings are remembered under. A table of its own, so that timings carry a number and not the text.
CREATE TABLE suites (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

-- Wide and rarely written. AUTOINCREMENT: a number is never given twice, also after a delete.
CREATE TABLE testruns (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    username        TEXT    NOT NULL,
    executor        TEXT    NOT NULL,
    source          TEXT    NOT NULL,
    pinned_to       TEXT,
    suite           INTEGER NOT NULL REFERENCES suites (id),
    options         TEXT    NOT NULL,
    limits          TEXT    NOT NULL,
    priority        INTEGER NOT NULL,
    max_fail        INTEGER,
    max_lost        INTEGER NOT NULL,
    max_infra       INTEGER NOT NULL,
    retry_of        INTEGER,
    idempotency_key TEXT,
    request         BLOB,
    created_at      INTEGER NOT NULL,
    deadline        INTEGER,
    status          TEXT    NOT NULL CHECK (status IN ('CREATED', 'RUNNING', 'FAILED', 'SUCCESS')),
    reason          TEXT,
    stop_why        TEXT,
    stop_by         TEXT,
    stop_at         INTEGER,
    started_at      INTEGER,
    finished_at     INTEGER,
    CHECK ((status = 'FAILED') = (reason IS NOT NULL)),
    CHECK ((status IN ('FAILED', 'SUCCESS')) = (finished_at IS NOT NULL)),
    CHECK ((stop_why IS NULL) = (stop_at IS NULL) AND (stop_why IS NULL) = (stop_by IS NULL))
) STRICT;

CREATE UNIQUE INDEX testruns_by_key ON testruns (username, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX testruns_by_user ON testruns (username, id);
CREATE INDEX testruns_by_status ON testruns (status, id);
CREATE INDEX testruns_by_suite ON testruns (suite);
CREATE INDEX testruns_pinned ON testruns (pinned_to) WHERE finished_at IS NULL AND pinned_to IS NOT NULL;
CREATE INDEX testruns_due ON testruns (deadline) WHERE finished_at IS NULL AND deadline IS NOT NULL;
CREATE INDEX testruns_stopped ON testruns (stop_at) WHERE finished_at IS NULL AND stop_at IS NOT NULL;

-- Narrow and hot: one write for each batch of events. `files` and `cases` are counts by outcome, as JSON.
CREATE TABLE run_counters (
    run             INTEGER PRIMARY KEY REFERENCES testruns (id) ON DELETE CASCADE,
    last_seq        INTEGER NOT NULL,
    log_bytes       INTEGER NOT NULL,
    failures        INTEGER NOT NULL,
    items_total     INTEGER NOT NULL,
    items_open      INTEGER NOT NULL CHECK (items_open >= 0),
    items_passed    INTEGER NOT NULL,
    items_failed    INTEGER NOT NULL,
    items_cancelled INTEGER NOT NULL,
    files           TEXT    NOT NULL,
    cases           TEXT    NOT NULL,
    CHECK (items_total = items_open + items_passed + items_failed + items_cancelled)
) STRICT;

-- A result has `outcome`; if a worker gave it, also the epoch and the event that committed it.
CREATE TABLE files (
    run         INTEGER NOT NULL REFERENCES testruns (id) ON DELETE CASCADE,
    idx         INTEGER NOT NULL,
    path        TEXT    NOT NULL,
    role        TEXT    NOT NULL,
    size        INTEGER NOT NULL,
    digest      BLOB,
    outcome     TEXT,
    epoch       INTEGER,
    seq         INTEGER,
    duration_us INTEGER,
    collected   INTEGER,
    reported    INTEGER,
    counts      TEXT,
    message     TEXT,
    PRIMARY KEY (run, idx)
) STRICT, WITHOUT ROWID;

CREATE INDEX files_by_digest ON files (digest) WHERE digest IS NOT NULL;

-- What each file took when it last ran. Outlives the Testruns.
CREATE TABLE timings (
    suite       INTEGER NOT NULL REFERENCES suites (id),
    path        TEXT    NOT NULL,
    duration_us INTEGER NOT NULL,
    ran_at      INTEGER NOT NULL,
    PRIMARY KEY (suite, path)
) STRICT, WITHOUT ROWID;

-- executor, pinned_to and priority repeat the Testrun's, so that a claim reads one index of one table.
-- AUTOINCREMENT: an old lease must never fit a new item.
CREATE TABLE items (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    run         INTEGER NOT NULL REFERENCES testruns (id) ON DELETE CASCADE,
    files       TEXT    NOT NULL,
    weight_us   INTEGER NOT NULL,
    executor    TEXT    NOT NULL,
    pinned_to   TEXT,
    priority    INTEGER NOT NULL,
    sort_key    INTEGER NOT NULL,
    state       TEXT    NOT NULL CHECK (state IN ('ready', 'leased', 'passed', 'failed', 'cancelled')),
    reason      TEXT,
    epoch       INTEGER NOT NULL DEFAULT 0,
    attempts    INTEGER NOT NULL DEFAULT 0,
    lost        INTEGER NOT NULL DEFAULT 0,
    infra       INTEGER NOT NULL DEFAULT 0,
    worker      TEXT,
    process     TEXT,
    not_before  INTEGER NOT NULL,
    lease_until INTEGER,
    appended_n  INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX items_ready ON items (priority DESC, sort_key, id) WHERE state = 'ready';
CREATE INDEX items_due ON items (not_before) WHERE state = 'ready';
CREATE INDEX items_leased ON items (run) WHERE state = 'leased';
CREATE INDEX items_by_run ON items (run, sort_key);

-- `data` holds the bytes of output, which are not in `body`.
CREATE TABLE events (
    run   INTEGER NOT NULL REFERENCES testruns (id) ON DELETE CASCADE,
    seq   INTEGER NOT NULL,
    item  INTEGER,
    epoch INTEGER,
    at    INTEGER NOT NULL,
    v     INTEGER NOT NULL,
    body  TEXT    NOT NULL,
    data  BLOB
) STRICT;

CREATE UNIQUE INDEX events_by_seq ON events (run, seq);

-- An index to the `case` events; what they say stands in the event.
CREATE TABLE cases (
    run     INTEGER NOT NULL REFERENCES testruns (id) ON DELETE CASCADE,
    seq     INTEGER NOT NULL,
    file    INTEGER NOT NULL,
    epoch   INTEGER NOT NULL,
    outcome TEXT    NOT NULL,
    PRIMARY KEY (run, seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX cases_by_file ON cases (run, file, epoch, outcome);

-- `put_at` is the newest time at which somebody handed the bytes in.
CREATE TABLE blobs (
    digest BLOB    NOT NULL UNIQUE,
    put_at INTEGER NOT NULL,
    data   BLOB    NOT NULL
) STRICT;

CREATE INDEX blobs_by_age ON blobs (put_at);

-- Grows when items became ready and when stop marks were set: what the bells of other processes look at.
CREATE TABLE pulse (
    id    INTEGER PRIMARY KEY CHECK (id = 1),
    work  INTEGER NOT NULL,
    stops INTEGER NOT NULL
) STRICT;

INSERT INTO pulse (id, work, stops) VALUES (1, 0, 0);
