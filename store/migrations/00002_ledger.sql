-- +goose Up
-- Instants are milliseconds since 1970-01-01 UTC: 1795521600000 is 2026-11-24 12:00 UTC.

CREATE TABLE requests (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    report       TEXT    NOT NULL, -- the series: 'weekly'
    first_day    INTEGER NOT NULL, -- 20774 is 2026-11-17
    last_day     INTEGER NOT NULL, -- 20780 is 2026-11-23, included
    domains      TEXT    NOT NULL, -- JSON array of sender domains; '[]': all
    recipients   TEXT    NOT NULL, -- JSON array of addresses
    asked_by     TEXT    NOT NULL, -- 'schedule', 'alice (command line)'
    one_off      INTEGER NOT NULL, -- 1 if the report is none of config.yaml's
    message_host TEXT    NOT NULL, -- right side of its Message-IDs: 'example.org'
    due          INTEGER NOT NULL, -- when it is or was to be done; with report the slot of a schedule
    created      INTEGER NOT NULL,
    state        TEXT    NOT NULL CHECK (state IN ('pending', 'claimed', 'done', 'failed')),
    next         INTEGER NOT NULL, -- when a pending one is to be done, first or again
    owner        TEXT    NOT NULL, -- who claimed it last: 'mx1 4711'; '' if nobody did
    fence        INTEGER NOT NULL, -- how often it was claimed: an older claim's holder can change nothing
    lease        INTEGER NOT NULL, -- until when a claim holds; 0 if it is not claimed
    fault        TEXT    NOT NULL  -- why it failed or is put off; '' if it did not and is not
) STRICT;

CREATE UNIQUE INDEX slots ON requests (report, due) WHERE asked_by = 'schedule';
CREATE INDEX open_requests ON requests (state) WHERE state IN ('pending', 'claimed');

CREATE TABLE deliveries (
    request_id INTEGER NOT NULL REFERENCES requests (id),
    recipient  TEXT    NOT NULL, -- 'postmaster@example.org'
    message_id TEXT    NOT NULL, -- '<mkq3…@example.org>', the same at each attempt
    state      TEXT    NOT NULL CHECK (state IN ('waiting', 'sending', 'delivered', 'refused', 'deferred')),
    attempts   INTEGER NOT NULL, -- that came to an end: 1
    code       INTEGER NOT NULL, -- last SMTP reply: 250; 0 if there is none
    reply      TEXT    NOT NULL, -- its text, or what else went wrong: 'mailbox full'
    next       INTEGER,          -- when to try again; NULL if not at a certain time
    updated    INTEGER NOT NULL,
    repeats    INTEGER NOT NULL, -- times it was sent again because a process died while sending: 0
    PRIMARY KEY (request_id, recipient)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE deliveries;
DROP TABLE requests;
