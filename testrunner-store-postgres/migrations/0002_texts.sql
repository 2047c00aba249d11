-- What Testruns are found by: users, labels and paths, each text once, and which Testruns have it. By a digest, for a
-- text may be longer than an index takes.
CREATE TABLE texts (
    id   BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    text TEXT NOT NULL
);

CREATE UNIQUE INDEX texts_by_digest ON texts (md5(text));

-- No reference to either: both are looked after by whoever stores or removes a Testrun.
CREATE TABLE text_uses (
    text BIGINT NOT NULL,
    run  BIGINT NOT NULL,
    PRIMARY KEY (text, run)
);

CREATE INDEX text_uses_by_run ON text_uses (run);

INSERT INTO texts (text)
SELECT username FROM testruns UNION SELECT key FROM labels UNION SELECT value FROM labels UNION SELECT path FROM files;

INSERT INTO text_uses (text, run)
SELECT t.id, r.id FROM testruns r JOIN texts t ON t.text = r.username
UNION SELECT t.id, l.run FROM labels l JOIN texts t ON t.text = l.key
UNION SELECT t.id, l.run FROM labels l JOIN texts t ON t.text = l.value
UNION SELECT t.id, f.run FROM files f JOIN texts t ON t.text = f.path;
