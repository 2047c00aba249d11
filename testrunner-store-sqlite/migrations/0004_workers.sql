-- Who works here, for people to read. `executors` is a JSON array, `labels` a JSON object.
CREATE TABLE workers (
    id        TEXT    NOT NULL PRIMARY KEY,
    slots     INTEGER NOT NULL,
    executors TEXT    NOT NULL,
    labels    TEXT    NOT NULL,
    draining  INTEGER NOT NULL CHECK (draining IN (0, 1)),
    version   TEXT    NOT NULL,
    since     INTEGER NOT NULL,
    seen_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
