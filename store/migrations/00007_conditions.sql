-- +goose Up
ALTER TABLE requests ADD COLUMN send     TEXT NOT NULL DEFAULT ''; -- when it is to be mailed, as config.yaml says it: 'if_unusual'; '': the report's own, or always if no schedule asked
ALTER TABLE requests ADD COLUMN withheld TEXT NOT NULL DEFAULT ''; -- why it was not to be mailed: 'nothing unusual'; '' if it was
ALTER TABLE messages RENAME COLUMN step TO size_limit;             -- bytes that it may have: 10240000; 0: what the configuration says

-- +goose Down
ALTER TABLE messages RENAME COLUMN size_limit TO step;
ALTER TABLE requests DROP COLUMN withheld;
ALTER TABLE requests DROP COLUMN send;
