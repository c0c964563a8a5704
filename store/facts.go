package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Keys of the facts that the store itself keeps.
const (
	factZone        = "zone"        // name of the counting zone
	factKeptFrom    = "kept from"   // first day that Prune left; Write drops what is of earlier days
	factPrunes      = "prunes"      // how often clients were removed: numbers that were remembered before may be gone
	factLastClient  = "last client" // highest number that a client was given; none is given twice: what was removed may still be remembered by a reader
	factKeyed       = "keyed"       // number up to which client_keys has every client; it is brought up to date when it is needed
	factUncollected = "uncollected" // not empty: counts were removed, and clients may be left without
	factUncompacted = "uncompacted" // not empty: rows were removed, and their bytes may still be in the file
	factForgets     = "forgets"     // how often names were forgotten: sessions and messages of before may have them
	factName        = "name"        // random, made with the first request; part of what Message-IDs are made from
)

// SetRuntime notes a fact of the program's own, like when it was first started. A later value replaces an earlier one.
func (s *Store) SetRuntime(ctx context.Context, key, value string) error {
	return s.fault("note "+key, s.transact(ctx, func(tx *sql.Tx) error { return setFact(ctx, tx, "runtime "+key, value) }))
}

// Runtime gives the fact that SetRuntime noted; empty if there is none.
func (s *Store) Runtime(ctx context.Context, key string) (string, error) {
	value, err := fact(ctx, s.read, "runtime "+key)
	return value, s.fault("look up "+key, err)
}

// querier is what a *sql.DB and a *sql.Tx have in common.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func fact(ctx context.Context, from querier, key string) (value string, err error) {
	err = from.QueryRowContext(ctx, "SELECT value FROM facts WHERE key = ?", key).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return value, err
}

func setFact(ctx context.Context, tx *sql.Tx, key, value string) error {
	_, err := tx.ExecContext(ctx, "INSERT INTO facts (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", key, value)
	return err
}

// checkZone holds that days are those of the configured zone, and notes the zone of a store that has none yet. While nothing is counted, it may change.
func (s *Store) checkZone(ctx context.Context) error {
	zone := s.options.Zone
	if zone == nil {
		return nil
	}
	stored, err := fact(ctx, s.read, factZone)
	if err != nil || stored == zone.String() {
		return err
	}
	filled := false
	if stored != "" {
		if err := s.read.QueryRowContext(ctx, "SELECT EXISTS (SELECT * FROM files)").Scan(&filled); err != nil {
			return err
		}
	}
	if filled {
		return zoneError(stored, zone)
	}
	if s.write == nil {
		return nil
	}
	return s.transact(ctx, func(tx *sql.Tx) error { return setFact(ctx, tx, factZone, zone.String()) })
}

func zoneError(stored string, zone *time.Location) error {
	return fmt.Errorf("%w: of %s, and the timezone is %s; set timezone back to %[2]s, or name a new store and read the logs again", ErrZone, stored, zone)
}
