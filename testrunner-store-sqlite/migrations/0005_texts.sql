-- What Testruns are found by: users, labels and paths, each text once, and which Testruns have it.

CREATE TABLE texts (
    id   INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE text_uses (
    text INTEGER NOT NULL,
    run  INTEGER NOT NULL,
    PRIMARY KEY (text, run)
) STRICT, WITHOUT ROWID;

-- Each three letters that follow each other, and in which texts they stand.
CREATE VIRTUAL TABLE text_parts USING fts5 (
    text, content = 'texts', content_rowid = 'id', tokenize = 'trigram', columnsize = 0
);

INSERT INTO texts (text)
SELECT username FROM testruns UNION SELECT key FROM labels UNION SELECT value FROM labels UNION SELECT path FROM files;

INSERT INTO text_uses (text, run)
SELECT t.id, r.id FROM testruns r JOIN texts t ON t.text = r.username
UNION SELECT t.id, l.run FROM labels l JOIN texts t ON t.text = l.key
UNION SELECT t.id, l.run FROM labels l JOIN texts t ON t.text = l.value
UNION SELECT t.id, f.run FROM files f JOIN texts t ON t.text = f.path;

INSERT INTO text_parts (text_parts) VALUES ('rebuild');

-- From here on triggers keep them, so that nobody who stores or removes a Testrun can forget it. A Testrun always goes
-- wholly, so a text of it may go with the first of its rows that has it.
CREATE TRIGGER texts_added AFTER INSERT ON texts BEGIN
    INSERT INTO text_parts (rowid, text) VALUES (new.id, new.text);
END;

CREATE TRIGGER texts_removed AFTER DELETE ON texts BEGIN
    INSERT INTO text_parts (text_parts, rowid, text) VALUES ('delete', old.id, old.text);
END;

CREATE VIEW found_by (run, text) AS SELECT u.run, t.text FROM texts t JOIN text_uses u ON u.text = t.id;

CREATE TRIGGER found_by_added INSTEAD OF INSERT ON found_by BEGIN
    INSERT INTO texts (text) VALUES (new.text) ON CONFLICT DO NOTHING;
    INSERT INTO text_uses (text, run) SELECT id, new.run FROM texts WHERE text = new.text ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER found_by_removed INSTEAD OF DELETE ON found_by BEGIN
    DELETE FROM text_uses WHERE run = old.run AND text = (SELECT id FROM texts WHERE text = old.text);
    DELETE FROM texts WHERE text = old.text AND NOT EXISTS (SELECT 1 FROM text_uses WHERE text = texts.id);
END;

CREATE TRIGGER testruns_found AFTER INSERT ON testruns BEGIN
    INSERT INTO found_by (run, text) VALUES (new.id, new.username);
END;

CREATE TRIGGER labels_found AFTER INSERT ON labels BEGIN
    INSERT INTO found_by (run, text) VALUES (new.run, new.key), (new.run, new.value);
END;

CREATE TRIGGER files_found AFTER INSERT ON files BEGIN
    INSERT INTO found_by (run, text) VALUES (new.run, new.path);
END;

CREATE TRIGGER testruns_lost AFTER DELETE ON testruns BEGIN
    DELETE FROM found_by WHERE run = old.id AND text = old.username;
END;

CREATE TRIGGER labels_lost AFTER DELETE ON labels BEGIN
    DELETE FROM found_by WHERE run = old.run AND text IN (old.key, old.value);
END;

CREATE TRIGGER files_lost AFTER DELETE ON files BEGIN
    DELETE FROM found_by WHERE run = old.run AND text = old.path;
END;
