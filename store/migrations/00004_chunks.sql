-- +goose Up
-- Clients, counts and failed attempts are kept packed: a row of chunks holds hundreds or thousands of them. How they are packed says the Go code: packer in
-- pack.go, the fields of each kind in kinds.go. The migration that follows packs what the tables before this one have, and drops those.

-- Not WITHOUT ROWID: comparing keys would read whole chunks.
CREATE TABLE chunks (
    id    INTEGER PRIMARY KEY,
    kind  TEXT    NOT NULL, -- 'clients', 'counts' or 'failures'
    day   INTEGER NOT NULL, -- 20781 is 2026-11-24; 0 for clients, which are of no day
    run   INTEGER NOT NULL, -- the chunks of one run are in order; a day's figures are those of all its runs, added up
    place INTEGER NOT NULL, -- of the chunk in its run, from 0
    rows  INTEGER NOT NULL, -- how many are packed in it: 4096
    data  BLOB    NOT NULL
) STRICT;

CREATE INDEX chunk_places ON chunks (kind, day, run, place, rows); -- one of each place; rows, so that runs can be listed without the chunks

CREATE TABLE client_keys (
    key BLOB    NOT NULL PRIMARY KEY, -- the first 16 bytes of a SHA-256 of all that tells the client, see keyOf
    id  INTEGER NOT NULL              -- the client's number; counts name it, and it is never given to another client
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE client_keys;
DROP TABLE chunks;
