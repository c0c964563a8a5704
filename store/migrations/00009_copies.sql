-- +goose Up
-- The message of each copy of a request's report, until it has ended: who gets it late gets the same.
DROP TABLE messages; -- what is under way is made anew
CREATE TABLE messages (
    request_id INTEGER NOT NULL REFERENCES requests (id),
    copy       TEXT    NOT NULL, -- which one, as jobs names them
    size_limit INTEGER NOT NULL, -- bytes that it may have: 10240000; 0: what the configuration says
    data       BLOB    NOT NULL, -- as jobs encodes it
    PRIMARY KEY (request_id, copy, size_limit)
) STRICT;

CREATE TABLE deliveries_of_now (
    request_id INTEGER NOT NULL REFERENCES requests (id),
    recipient  TEXT    NOT NULL, -- 'postmaster@example.org'
    message_id TEXT    NOT NULL, -- '<mkq3…@example.org>', the same at each attempt
    state      TEXT    NOT NULL CHECK (state IN ('waiting', 'sending', 'delivered', 'refused', 'deferred', 'unanswered', 'abandoned', 'withheld')),
    attempts   INTEGER NOT NULL, -- that came to an end: 1
    code       INTEGER NOT NULL, -- last SMTP reply: 250; 0 if there is none
    reply      TEXT    NOT NULL, -- its text, or what else went wrong: 'mailbox full'
    next       INTEGER,          -- when to try again; NULL if not at a certain time
    updated    INTEGER NOT NULL,
    repeats    INTEGER NOT NULL, -- times it was sent again although it may have arrived: 0
    PRIMARY KEY (request_id, recipient)
) STRICT, WITHOUT ROWID;
INSERT INTO deliveries_of_now SELECT request_id, recipient, message_id, state, attempts, code, reply, next, updated, repeats FROM deliveries;
DROP TABLE deliveries;
ALTER TABLE deliveries_of_now RENAME TO deliveries;

-- +goose Down
DELETE FROM deliveries WHERE state = 'withheld';
DROP TABLE messages;
CREATE TABLE messages (
    request_id INTEGER NOT NULL REFERENCES requests (id),
    size_limit INTEGER NOT NULL,
    data       BLOB    NOT NULL,
    PRIMARY KEY (request_id, size_limit)
) STRICT;
