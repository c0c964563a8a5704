-- +goose Up
-- What the logs could not tell.

CREATE TABLE gaps (
    day    INTEGER NOT NULL, -- 20781 is 2026-11-24
    source TEXT    NOT NULL, -- name in config.yaml: 'mail'
    gap    TEXT    NOT NULL, -- authreport.Gap: 'postfix-tls-loglevel'
    count  INTEGER NOT NULL, -- submissions or failed attempts, at least 1: 12
    PRIMARY KEY (day, source, gap)
) STRICT, WITHOUT ROWID;

ALTER TABLE files ADD COLUMN cursor TEXT NOT NULL DEFAULT ''; -- of systemd's journal: the entry after which reading goes on; '' for files

-- +goose Down
ALTER TABLE files DROP COLUMN cursor;
DROP TABLE gaps;
