-- Times are microseconds since 1970 UTC, by the store's clock. Enumerations are stored by their name on the wire.
-- Numbers are BIGINT throughout. JSON is TEXT: JSONB refuses the zero character, which the output of tests may have.

-- What timings are remembered under. A table of its own, so that timings carry a number and not the text.
CREATE TABLE suites (
    id   BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
);

-- Wide and rarely written. A sequence never gives a number twice, also after a delete.
CREATE TABLE testruns (
    id              BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    username        TEXT   NOT NULL,
    executor        TEXT   NOT NULL,
    source          TEXT   NOT NULL,
    pinned_to       TEXT,
    suite           BIGINT NOT NULL REFERENCES suites (id),
    options         TEXT   NOT NULL,
    limits          TEXT   NOT NULL,
    plan            TEXT   NOT NULL,
    labels          TEXT   NOT NULL,
    priority        BIGINT NOT NULL,
    max_fail        BIGINT,
    max_lost        BIGINT NOT NULL,
    max_infra       BIGINT NOT NULL,
    retry_of        BIGINT,
    idempotency_key TEXT,
    request         BYTEA,
    created_at      BIGINT NOT NULL,
    deadline        BIGINT,
    status          TEXT   NOT NULL CHECK (status IN ('CREATED', 'RUNNING', 'FAILED', 'SUCCESS')),
    reason          TEXT,
    stop_why        TEXT,
    stop_by         TEXT,
    stop_at         BIGINT,
    started_at      BIGINT,
    finished_at     BIGINT,
    CHECK ((status = 'FAILED') = (reason IS NOT NULL)),
    CHECK ((status IN ('FAILED', 'SUCCESS')) = (finished_at IS NOT NULL)),
    CHECK ((stop_why IS NULL) = (stop_at IS NULL) AND (stop_why IS NULL) = (stop_by IS NULL))
) WITH (fillfactor = 80);

CREATE UNIQUE INDEX testruns_by_key ON testruns (username, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX testruns_by_user ON testruns (username, id);
CREATE INDEX testruns_by_status ON testruns (status, id);
CREATE INDEX testruns_by_reason ON testruns (reason, id) WHERE reason IS NOT NULL;
CREATE INDEX testruns_by_suite ON testruns (suite);
CREATE INDEX testruns_by_creation ON testruns (created_at);
CREATE INDEX testruns_by_end ON testruns (finished_at, id) WHERE finished_at IS NOT NULL;
CREATE INDEX testruns_pinned ON testruns (pinned_to) WHERE finished_at IS NULL AND pinned_to IS NOT NULL;
CREATE INDEX testruns_due ON testruns (deadline) WHERE finished_at IS NULL AND deadline IS NOT NULL;
CREATE INDEX testruns_stopped ON testruns (stop_at) WHERE finished_at IS NULL AND stop_at IS NOT NULL;

CREATE TABLE labels (
    run   BIGINT NOT NULL REFERENCES testruns (id) ON DELETE CASCADE,
    key   TEXT   NOT NULL,
    value TEXT   NOT NULL,
    PRIMARY KEY (run, key)
);

CREATE INDEX labels_by_value ON labels (key, value, run);

-- Narrow and hot: one write for each batch of events; its lock is the Testrun's. `files` and `cases` are counts by
-- outcome, as JSON. `bytes` is about what the Testrun takes, but for its uploads.
CREATE TABLE run_counters (
    run             BIGINT PRIMARY KEY REFERENCES testruns (id) ON DELETE CASCADE,
    last_seq        BIGINT NOT NULL,
    log_bytes       BIGINT NOT NULL,
    bytes           BIGINT NOT NULL,
    failures        BIGINT NOT NULL,
    items_total     BIGINT NOT NULL,
    items_open      BIGINT NOT NULL CHECK (items_open >= 0),
    items_passed    BIGINT NOT NULL,
    items_failed    BIGINT NOT NULL,
    items_cancelled BIGINT NOT NULL,
    files           TEXT   NOT NULL,
    cases           TEXT   NOT NULL,
    CHECK (items_total = items_open + items_passed + items_failed + items_cancelled)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);

-- A result has `outcome`; if a worker gave it, also the epoch and the event that committed it. `message` is a JSON
-- string, for the sake of the zero character.
CREATE TABLE files (
    run         BIGINT NOT NULL REFERENCES testruns (id) ON DELETE CASCADE,
    idx         BIGINT NOT NULL,
    path        TEXT   NOT NULL,
    role        TEXT   NOT NULL,
    size        BIGINT NOT NULL,
    digest      BYTEA,
    outcome     TEXT,
    epoch       BIGINT,
    seq         BIGINT,
    duration_us BIGINT,
    collected   BIGINT,
    reported    BIGINT,
    counts      TEXT,
    message     TEXT,
    PRIMARY KEY (run, idx)
) WITH (fillfactor = 80);

CREATE INDEX files_by_digest ON files (digest) WHERE digest IS NOT NULL;

-- What each file took when it last ran. Outlives the Testruns. By a digest, for a path may be longer than an index takes.
CREATE TABLE timings (
    suite       BIGINT NOT NULL REFERENCES suites (id),
    path        TEXT   NOT NULL,
    duration_us BIGINT NOT NULL,
    ran_at      BIGINT NOT NULL
) WITH (fillfactor = 80);

CREATE UNIQUE INDEX timings_by_path ON timings (suite, md5(path));

-- executor, pinned_to and priority repeat the Testrun's, so that a claim reads one index of one table. What changes
-- while an item is held is in no index.
CREATE TABLE items (
    id          BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    run         BIGINT   NOT NULL REFERENCES testruns (id) ON DELETE CASCADE,
    files       BIGINT[] NOT NULL,
    weight_us   BIGINT   NOT NULL,
    executor    TEXT     NOT NULL,
    pinned_to   TEXT,
    priority    BIGINT   NOT NULL,
    sort_key    BIGINT   NOT NULL,
    state       TEXT     NOT NULL CHECK (state IN ('ready', 'leased', 'passed', 'failed', 'cancelled')),
    reason      TEXT,
    epoch       BIGINT   NOT NULL DEFAULT 0,
    attempts    BIGINT   NOT NULL DEFAULT 0,
    lost        BIGINT   NOT NULL DEFAULT 0,
    infra       BIGINT   NOT NULL DEFAULT 0,
    worker      TEXT,
    process     TEXT,
    -- By chance, of the newest claim: whoever did not hear of its commit can tell whether it was theirs.
    claim       BIGINT,
    claimed_at  BIGINT,
    not_before  BIGINT   NOT NULL,
    lease_until BIGINT,
    appended_n  BIGINT   NOT NULL DEFAULT 0
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 200);

CREATE INDEX items_ready ON items (priority DESC, sort_key, id) WHERE state = 'ready';
-- Only of those that were put off: else the planner, which knows little of how many wait, would often find all of them
-- by it and sort them, where the first of the index before is what is wanted.
CREATE INDEX items_due ON items (not_before) WHERE state = 'ready' AND not_before > 0;
CREATE INDEX items_leased ON items (run) WHERE state = 'leased';
CREATE INDEX items_by_run ON items (run, sort_key);

-- `data` holds the bytes of output, which are not in `body`. No reference to the Testrun, whose lock every writer
-- holds: it would be looked up for each row.
CREATE TABLE events (
    run   BIGINT NOT NULL,
    seq   BIGINT NOT NULL,
    item  BIGINT,
    epoch BIGINT,
    at    BIGINT NOT NULL,
    v     BIGINT NOT NULL,
    body  TEXT   NOT NULL,
    data  BYTEA,
    PRIMARY KEY (run, seq)
);

-- An index to the `case` events; what they say stands in the event.
CREATE TABLE cases (
    run     BIGINT NOT NULL,
    seq     BIGINT NOT NULL,
    file    BIGINT NOT NULL,
    epoch   BIGINT NOT NULL,
    outcome TEXT   NOT NULL,
    PRIMARY KEY (run, seq)
);

CREATE INDEX cases_by_file ON cases (run, file, epoch, outcome);

-- `put_at` is the newest time at which somebody handed the bytes in.
CREATE TABLE blobs (
    digest BYTEA  PRIMARY KEY,
    put_at BIGINT NOT NULL,
    data   BYTEA  NOT NULL
);

CREATE INDEX blobs_by_age ON blobs (put_at);

-- The newest changes of status of all Testruns; a Testrun that is gone is still named here.
CREATE TABLE changes (
    n      BIGINT PRIMARY KEY,
    run    BIGINT NOT NULL,
    at     BIGINT NOT NULL,
    status TEXT CHECK (status IN ('CREATED', 'RUNNING', 'FAILED', 'SUCCESS')),
    reason TEXT
);

-- Whoever adds changes locks this row last, until its commit: numbers are dense and follow the commits.
CREATE TABLE change_counter (
    id   BIGINT PRIMARY KEY CHECK (id = 1),
    last BIGINT NOT NULL
) WITH (fillfactor = 10, autovacuum_vacuum_threshold = 200, autovacuum_vacuum_scale_factor = 0);

INSERT INTO change_counter (id, last) VALUES (1, 0);

-- Who has the store open, and when it last said so, by the server's own time. `lock` is the advisory lock that it
-- holds as long as it lives; NULL behind a proxy, where there is none.
CREATE TABLE processes (
    id      TEXT   PRIMARY KEY,
    lock    BIGINT,
    beat_at BIGINT NOT NULL
) WITH (fillfactor = 50);

-- Small things that servers share.
CREATE TABLE documents (
    name    TEXT   PRIMARY KEY,
    version BIGINT NOT NULL,
    bytes   BYTEA  NOT NULL
);

-- Who works here, for people to read.
CREATE TABLE workers (
    id        TEXT   PRIMARY KEY,
    slots     BIGINT NOT NULL,
    executors TEXT   NOT NULL,
    labels    TEXT   NOT NULL,
    draining  BIGINT NOT NULL CHECK (draining IN (0, 1)),
    version   TEXT   NOT NULL,
    since     BIGINT NOT NULL,
    seen_at   BIGINT NOT NULL
) WITH (fillfactor = 50);
