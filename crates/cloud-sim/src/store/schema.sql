BEGIN;
-- What a team, a device, an operation, … is, as JSON: the simulator reads all of it at its start and then only writes.
CREATE TABLE document (
    kind TEXT NOT NULL,
    id   TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;
PRAGMA user_version = 1;
COMMIT;
