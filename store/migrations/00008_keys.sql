-- +goose Up
-- Numbers of clients are remembered while there are few; only a store with many looks for them in client_keys. The fact "keyed" says up to which number it has all.
DELETE FROM client_keys;

-- +goose Down
-- Keys that are missing are made by Write.
