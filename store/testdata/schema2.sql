CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO goose_db_version VALUES(1,0,1,'2026-11-24 17:13:41');
INSERT INTO goose_db_version VALUES(2,1,1,'2026-11-24 17:13:41');
INSERT INTO goose_db_version VALUES(3,2,1,'2026-11-24 19:42:59');
CREATE TABLE facts (
    key   TEXT NOT NULL PRIMARY KEY, -- 'zone'
    value TEXT NOT NULL              -- 'Europe/Amsterdam'
) STRICT, WITHOUT ROWID;
INSERT INTO facts VALUES('zone','Europe/Amsterdam');
CREATE TABLE senders (
    id      INTEGER PRIMARY KEY AUTOINCREMENT, -- never given to another sender, not even after this one was pruned
    address TEXT NOT NULL,                     -- envelope sender after folding: 'alice@example.org', '<>'
    domain  TEXT NOT NULL,                     -- sender domain: 'example.org'; '' for the null sender and for names without one
    UNIQUE (address, domain)
) STRICT;
INSERT INTO senders VALUES(1,'alice@example.org','example.org');
INSERT INTO senders VALUES(2,'bob@example.net','example.net');
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
INSERT INTO clients VALUES(1,1,'mx1','alice@example.org','192.0.2.1',6,'TLS_AES_256_GCM_SHA384','PLAIN');
INSERT INTO clients VALUES(2,2,'mx1','bob@example.net','192.0.2.1',6,'TLS_AES_256_GCM_SHA384','PLAIN');
CREATE TABLE counts (
    day        INTEGER NOT NULL, -- 20781 is 2026-11-24
    client_id  INTEGER NOT NULL, -- clients.id
    messages   INTEGER NOT NULL, -- accepted submissions, at least 1: 12
    recipients INTEGER NOT NULL, -- sum over the messages: 15
    hours      INTEGER NOT NULL, -- bit h is set if there was one from h:00 to h:59: 3072 is 10:00 to 11:59
    PRIMARY KEY (day, client_id)
) STRICT, WITHOUT ROWID;
INSERT INTO counts VALUES(20779,2,3,4,1024);
INSERT INTO counts VALUES(20780,1,3,4,1024);
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
INSERT INTO failures VALUES(20780,'198.51.100.9','admin','mx1','LOGIN',1,1024);
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
INSERT INTO lines VALUES(20780,'mail',100,0,'',0,0,0,1795424400000000,1795424400000000);
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
INSERT INTO files VALUES(1,'mail','/var/log/mail.log','abc',1024,5000,'/var/log/mail.log',0,0,NULL,'',1795521600000);
CREATE TABLE sessions (
    source TEXT NOT NULL, -- as in files
    stream TEXT NOT NULL, -- as in files
    state  BLOB NOT NULL, -- the parser's open sessions after the last line that is counted
    PRIMARY KEY (source, stream)
) STRICT, WITHOUT ROWID;
INSERT INTO sessions VALUES('mail','/var/log/mail.log',X'7374617465');
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
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('goose_db_version',3);
INSERT INTO sqlite_sequence VALUES('senders',2);
INSERT INTO sqlite_sequence VALUES('clients',2);
INSERT INTO sqlite_sequence VALUES('files',1);
CREATE UNIQUE INDEX slots ON requests (report, due) WHERE asked_by = 'schedule';
CREATE INDEX open_requests ON requests (state) WHERE state IN ('pending', 'claimed');
