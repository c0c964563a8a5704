package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrationPause is how long to wait before looking again whether another process has finished its migration.
const migrationPause = 20 * time.Millisecond

// migrate brings the schema up to ours. Processes that start at the same time do it one after another; a running ingest keeps others from changing the schema under it.
func (s *Store) migrate(ctx context.Context) error {
	db := s.write
	if db == nil {
		db = s.read
	}
	goose, err := newProvider(db)
	if err != nil {
		return err
	}
	sources := goose.ListSources()
	ours := sources[len(sources)-1].Version
	patience, cancel := context.WithTimeout(ctx, busyWait)
	defer cancel()
	for {
		version, err := schemaVersion(ctx, db)
		switch {
		case err != nil:
			return err
		case version > ours:
			return fmt.Errorf("%w: its schema is of version %d, and this program knows up to %d; install the newer authreport again", ErrNewer, version, ours)
		case version == ours:
			return nil
		case s.write == nil:
			return fmt.Errorf("its schema is of version %d, and this program needs %d; start authreport once, which brings it up to date", version, ours)
		}
		if done, err := s.migrateAlone(ctx, goose); done || err != nil {
			return err
		}
		select {
		case <-patience.Done():
			return errors.Join(errors.New("a running authreport of an older version reads logs into it; stop that one first"), ctx.Err())
		case <-time.After(migrationPause):
		}
	}
}

// migrateAlone brings the schema up to ours if no other process holds the lock for reading logs. done is false if one does.
func (s *Store) migrateAlone(ctx context.Context, goose *goose.Provider) (done bool, err error) {
	unlock, ok, err := s.LockIngest()
	if !ok || err != nil {
		return false, err
	}
	defer unlock()
	_, err = goose.Up(ctx)
	return true, err
}

// newProvider makes the migrations of the files, and packTables. The files are run as they stand up to what takes them back, which is there for whoever reads them:
// goose's own reading of them takes 4 MB for each, and a tenth of the time of a short command.
func newProvider(db *sql.DB) (*goose.Provider, error) {
	all := []*goose.Migration{goose.NewGoMigration(5, &goose.GoFunc{RunTx: packTables}, nil)}
	files, err := migrations.ReadDir("migrations")
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		text, err := migrations.ReadFile("migrations/" + file.Name())
		if err != nil {
			return nil, err
		}
		version, err := goose.NumericComponent(file.Name())
		if err != nil {
			return nil, err
		}
		up, _, _ := strings.Cut(string(text), "-- +goose Down")
		all = append(all, goose.NewGoMigration(version, &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, up)
			return err
		}}, nil))
	}
	return goose.NewProvider(goose.DialectSQLite3, db, nil, goose.WithGoMigrations(all...), goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
}

// schemaVersion is the newest migration that the store has had; 0 if it is empty.
func schemaVersion(ctx context.Context, db *sql.DB) (int64, error) {
	var tables int
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema WHERE name = ?", goose.DefaultTablename).Scan(&tables); err != nil || tables == 0 {
		return 0, err
	}
	var version sql.NullInt64
	err := db.QueryRowContext(ctx, "SELECT max(version_id) FROM "+goose.DefaultTablename).Scan(&version)
	return version.Int64, err
}
