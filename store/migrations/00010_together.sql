-- +goose Up
-- With either of these, all who get the report get one message, under one message_id.
ALTER TABLE requests ADD COLUMN cc  TEXT NOT NULL DEFAULT '[]'; -- JSON array of addresses that it names beside the recipients
ALTER TABLE requests ADD COLUMN bcc TEXT NOT NULL DEFAULT '[]'; -- JSON array of addresses that it does not name

-- +goose Down
ALTER TABLE requests DROP COLUMN bcc;
ALTER TABLE requests DROP COLUMN cc;
