-- +goose Up
ALTER TABLE requests ADD COLUMN started INTEGER NOT NULL DEFAULT 0;  -- when it was first claimed; 0 if it never was
ALTER TABLE requests ADD COLUMN ended   INTEGER NOT NULL DEFAULT 0;  -- when it was done or had failed; 0 if it is open
ALTER TABLE requests ADD COLUMN crashes INTEGER NOT NULL DEFAULT 0;  -- claims in a row that ended without a word: 1
ALTER TABLE requests ADD COLUMN notice  TEXT    NOT NULL DEFAULT ''; -- what a notice tells, JSON: '{"request":12,…}'; '' if a report is asked for
ALTER TABLE requests ADD COLUMN awaits  TEXT    NOT NULL DEFAULT ''; -- server whose pause it waits for: 'smtp.example.org:587'; '' if none
UPDATE requests SET started = created WHERE fence > 0;
UPDATE requests SET ended = max(due, created) WHERE state IN ('done', 'failed');
CREATE INDEX failed_requests ON requests (ended) WHERE state = 'failed';

CREATE TABLE deliveries_of_now (
    request_id INTEGER NOT NULL REFERENCES requests (id),
    recipient  TEXT    NOT NULL, -- 'postmaster@example.org'
    message_id TEXT    NOT NULL, -- '<mkq3…@example.org>', the same at each attempt
    state      TEXT    NOT NULL CHECK (state IN ('waiting', 'sending', 'delivered', 'refused', 'deferred', 'unanswered', 'abandoned')),
    attempts   INTEGER NOT NULL, -- that came to an end: 1
    code       INTEGER NOT NULL, -- last SMTP reply: 250; 0 if there is none
    reply      TEXT    NOT NULL, -- its text, or what else went wrong: 'mailbox full'
    next       INTEGER,          -- when to try again; NULL if not at a certain time
    updated    INTEGER NOT NULL,
    repeats    INTEGER NOT NULL, -- times it was sent again although it may have arrived: 0
    PRIMARY KEY (request_id, recipient)
) STRICT, WITHOUT ROWID;
INSERT INTO deliveries_of_now SELECT request_id, recipient, message_id, iif(state = 'refused' AND reply LIKE 'given up after %', 'abandoned', state),
    attempts, code, reply, next, updated, repeats FROM deliveries;
DROP TABLE deliveries;
ALTER TABLE deliveries_of_now RENAME TO deliveries;

-- The message of a request, until it has ended: who gets it late gets the same.
CREATE TABLE messages (
    request_id INTEGER NOT NULL REFERENCES requests (id),
    step       INTEGER NOT NULL, -- 0: whole; 1: one step smaller
    data       BLOB    NOT NULL, -- as jobs encodes it
    PRIMARY KEY (request_id, step)
) STRICT;

-- Servers that take nothing for now.
CREATE TABLE pauses (
    server TEXT    NOT NULL PRIMARY KEY, -- 'smtp.example.org:587'
    since  INTEGER NOT NULL, -- first fault of those in a row
    until  INTEGER NOT NULL, -- when one message is tried again
    faults INTEGER NOT NULL, -- in a row: 3
    fault  TEXT    NOT NULL  -- the last of them: 'connect to SMTP server: …'
) STRICT, WITHOUT ROWID;

-- What goes wrong beside requests.
CREATE TABLE troubles (
    name  TEXT    NOT NULL PRIMARY KEY, -- 'source mx1'
    since INTEGER NOT NULL,
    seen  INTEGER NOT NULL, -- last
    fault TEXT    NOT NULL, -- as it was then
    told  INTEGER NOT NULL  -- 1 if a notice was written
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE troubles;
DROP TABLE pauses;
DROP TABLE messages;
UPDATE deliveries SET state = CASE state WHEN 'unanswered' THEN 'deferred' WHEN 'abandoned' THEN 'refused' ELSE state END;
DROP INDEX failed_requests;
DELETE FROM requests WHERE notice <> '';
ALTER TABLE requests DROP COLUMN awaits;
ALTER TABLE requests DROP COLUMN notice;
ALTER TABLE requests DROP COLUMN crashes;
ALTER TABLE requests DROP COLUMN ended;
ALTER TABLE requests DROP COLUMN started;
