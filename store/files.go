package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"authreport"
)

// Positions gives the positions of all files of a source that the store knows, oldest first.
func (s *Store) Positions(ctx context.Context, source string) ([]authreport.Position, error) {
	var positions []authreport.Position
	for p, err := range rows(ctx, s, "read positions", scanPosition,
		`SELECT id, source, stream, fingerprint, length, "offset", path, inode, size, modified, cursor, fault FROM files WHERE source = ? ORDER BY id`, source) {
		if err != nil {
			return nil, err
		}
		positions = append(positions, p)
	}
	return positions, nil
}

func scanPosition(rows *sql.Rows, p *authreport.Position) error {
	var inode int64
	var modified sql.NullInt64
	err := rows.Scan(&p.ID, &p.Source, &p.Stream, &p.Fingerprint, &p.Length, &p.Offset, &p.Path, &inode, &p.Size, &modified, &p.Cursor, &p.Fault)
	p.Inode = uint64(inode)
	if modified.Valid {
		p.ModTime = time.Unix(0, modified.Int64)
	}
	return err
}

// Sessions gives the parser's open sessions of a stream as the last batch had them; nil if there was none. A batch of
// the stream that Write gets after names were forgotten is refused until they are read again.
func (s *Store) Sessions(ctx context.Context, source, stream string) ([]byte, error) {
	if err := s.takeUp(ctx, source, stream); err != nil { // before the state: so one that is newer than noted is read again, at worst
		return nil, s.fault("read open sessions", err)
	}
	var state []byte
	err := s.read.QueryRowContext(ctx, "SELECT state FROM sessions WHERE source = ? AND stream = ?", source, stream).Scan(&state)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return state, s.fault("read open sessions", err)
}
