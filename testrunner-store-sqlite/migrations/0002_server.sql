-- What lists are filtered by, what changed, and since when items are held.

-- A JSON object, as it is shown. The table is there to find Testruns by.
ALTER TABLE testruns ADD COLUMN labels TEXT NOT NULL DEFAULT '{}';

CREATE TABLE labels (
    run   INTEGER NOT NULL REFERENCES testruns (id) ON DELETE CASCADE,
    key   TEXT    NOT NULL,
    value TEXT    NOT NULL,
    PRIMARY KEY (run, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX labels_by_key ON labels (key, run);
CREATE INDEX labels_by_value ON labels (key, value, run);

-- Every index ends with the rowid, which is the Testrun's number.
CREATE INDEX testruns_by_reason ON testruns (reason) WHERE reason IS NOT NULL;
-- The first for a short time, the second for a long one: newest first, without a look at the wide rows.
CREATE INDEX testruns_by_creation ON testruns (created_at);
CREATE INDEX testruns_in_time ON testruns (id, created_at);
CREATE INDEX testruns_by_end ON testruns (finished_at) WHERE finished_at IS NOT NULL;

-- The newest changes of status of all Testruns. The newest is never removed, so `n` is dense; a Testrun that
-- is gone is still named here.
CREATE TABLE changes (
    n      INTEGER PRIMARY KEY,
    run    INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    status TEXT CHECK (status IN ('CREATED', 'RUNNING', 'FAILED', 'SUCCESS')),
    reason TEXT
) STRICT;

-- When the newest lease was claimed: its first event says it.
ALTER TABLE items ADD COLUMN claimed_at INTEGER;

UPDATE items
SET claimed_at = (SELECT at FROM events
                  WHERE run = items.run AND item = items.id AND epoch = items.epoch ORDER BY seq LIMIT 1)
WHERE state = 'leased';
