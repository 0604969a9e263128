-- Version 1. Times are milliseconds since 1970.
CREATE TABLE run (
    id TEXT PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    -- How often it was taken up: who does not know the number has lost it.
    epoch INTEGER NOT NULL,
    entries INTEGER NOT NULL,
    holder TEXT,
    lease_until INTEGER,
    ended_at INTEGER,
    outcome TEXT
);
CREATE UNIQUE INDEX open_run ON run (kind, subject) WHERE outcome IS NULL;
CREATE INDEX run_of_subject ON run (kind, subject, id);
CREATE TABLE entry (
    run TEXT NOT NULL REFERENCES run (id),
    number INTEGER NOT NULL,
    at INTEGER NOT NULL,
    holder TEXT NOT NULL,
    name TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (run, number)
);
