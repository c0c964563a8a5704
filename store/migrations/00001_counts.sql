-- +goose Up
-- Days are calendar days of the zone in facts.zone, as days since 1970-01-01. Instants are UTC. Texts from logs are stored byte by byte as logged.

CREATE TABLE facts (
    key   TEXT NOT NULL PRIMARY KEY, -- 'zone'
    value TEXT NOT NULL              -- 'Europe/Amsterdam'
) STRICT, WITHOUT ROWID;

CREATE TABLE senders (
    id      INTEGER PRIMARY KEY AUTOINCREMENT, -- never given to another sender, not even after this one was pruned
    address TEXT NOT NULL,                     -- envelope sender after folding: 'alice@example.org', '<>'
    domain  TEXT NOT NULL,                     -- sender domain: 'example.org'; '' for the null sender and for names without one
    UNIQUE (address, domain)
) STRICT;

CREATE TABLE clients (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,        -- never given to another client, not even after this one was pruned
    sender_id INTEGER NOT NULL REFERENCES senders (id),
    server    TEXT    NOT NULL,                         -- 'mx1'
    account   TEXT    NOT NULL,                         -- AUTH identity as logged: 'alice'; '' if the server did not say
    ip        TEXT    NOT NULL,                         -- '192.0.2.7', '2001:db8::1'; '' if unknown
    tls       INTEGER NOT NULL,                         -- 0 unknown, 1 none, 2 SSL3.0, 3 TLS1.0, 4 TLS1.1, 5 TLS1.2, 6 TLS1.3
    cipher    TEXT    NOT NULL,                         -- 'TLS_AES_256_GCM_SHA384'; '' without TLS and where not logged
    mechanism TEXT    NOT NULL,                         -- 'PLAIN'; '' if not logged
    UNIQUE (sender_id, account, ip, server, tls, cipher, mechanism)
) STRICT;

-- The day comes first in the key: ingest writes at one end of the tree, reports and pruning touch only the days they mean.
-- client_id is kept right by Write and Prune alone: checking it as a foreign key would cost ingest a lookup for each row.
CREATE TABLE counts (
    day        INTEGER NOT NULL, -- 20781 is 2026-11-24
    client_id  INTEGER NOT NULL, -- clients.id
    messages   INTEGER NOT NULL, -- accepted submissions, at least 1: 12
    recipients INTEGER NOT NULL, -- sum over the messages: 15
    hours      INTEGER NOT NULL, -- bit h is set if there was one from h:00 to h:59: 3072 is 10:00 to 11:59
    PRIMARY KEY (day, client_id)
) STRICT, WITHOUT ROWID;

-- Not interned as counts are: whoever guesses passwords seldom comes back with the same account and address, so that a table
-- of tuples would be as long as this one.
CREATE TABLE failures (
    day       INTEGER NOT NULL, -- 20781 is 2026-11-24
    ip        TEXT    NOT NULL, -- '198.51.100.9'; '' if unknown
    account   TEXT    NOT NULL, -- the identity that was tried: 'admin'; '' if not logged
    server    TEXT    NOT NULL, -- 'mx1'
    mechanism TEXT    NOT NULL, -- 'LOGIN'; '' if not logged
    attempts  INTEGER NOT NULL, -- at least 1: 40
    hours     INTEGER NOT NULL, -- as in counts
    PRIMARY KEY (day, ip, account, server, mechanism)
) STRICT, WITHOUT ROWID;

CREATE TABLE lines (
    day            INTEGER NOT NULL, -- 20781 is 2026-11-24
    source         TEXT    NOT NULL, -- name in config.yaml: 'mail'
    read           INTEGER NOT NULL, -- lines, those not understood included: 649347
    not_understood INTEGER NOT NULL, -- lines: 2
    example        TEXT    NOT NULL, -- the first line not understood, cut and printable; '' if none
    repeats        INTEGER NOT NULL, -- notices 'last message repeated N times': 0
    guessed_years  INTEGER NOT NULL, -- lines whose stamp has no year: 649345
    clock_steps    INTEGER NOT NULL, -- times that the log's clock went back: 0
    first          INTEGER,          -- earliest stamp, microseconds since 1970; NULL if no line had one
    last           INTEGER,          -- latest stamp, likewise
    PRIMARY KEY (day, source)
) STRICT, WITHOUT ROWID;

CREATE TABLE files (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    source      TEXT    NOT NULL, -- name in config.yaml: 'mail'
    stream      TEXT    NOT NULL, -- path of the live file of the series: '/var/log/mail.log'
    fingerprint TEXT    NOT NULL, -- hex SHA-256 of the first bytes after decompression
    length      INTEGER NOT NULL, -- bytes that the fingerprint covers, at most 1024
    "offset"    INTEGER NOT NULL, -- bytes after decompression that are counted
    path        TEXT    NOT NULL, -- where it was last read: '/var/log/mail.log.1'
    inode       INTEGER NOT NULL, -- the system's number, its 64 bits as a signed number; 0 if there is none
    size        INTEGER NOT NULL, -- bytes on disk; 0 until it was read to its end
    modified    INTEGER,          -- nanoseconds since 1970, as the file system has it; NULL until it was read to its end
    fault       TEXT    NOT NULL, -- why the rest cannot be read; '' if nothing is wrong
    written     INTEGER NOT NULL  -- when this row was last written, milliseconds since 1970
) STRICT;

CREATE TABLE sessions (
    source TEXT NOT NULL, -- as in files
    stream TEXT NOT NULL, -- as in files
    state  BLOB NOT NULL, -- the parser's open sessions after the last line that is counted
    PRIMARY KEY (source, stream)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE sessions;
DROP TABLE files;
DROP TABLE lines;
DROP TABLE failures;
DROP TABLE counts;
DROP TABLE clients;
DROP TABLE senders;
DROP TABLE facts;
