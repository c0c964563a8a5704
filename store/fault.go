package store

import (
	"errors"
	"fmt"

	_ "modernc.org/sqlite" // the driver
	engine "modernc.org/sqlite/lib"
)

// remedies is what an administrator can do about an error of SQLite, by primary result code (https://www.sqlite.org/rescode.html).
var remedies = map[int]string{
	engine.SQLITE_FULL:     "the disk is full: nothing of this step was written; make room, and it is done again",
	engine.SQLITE_CORRUPT:  "the file is damaged: put back a copy of it, or move it away and read the logs again",
	engine.SQLITE_NOTADB:   "the file is no SQLite database: put back a copy of it, or move it away and read the logs again",
	engine.SQLITE_BUSY:     "another process has been writing for longer than " + busyWait.String(),
	engine.SQLITE_READONLY: "the file or its folder may not be written by this user",
	engine.SQLITE_CANTOPEN: "the file, or those that SQLite keeps beside it, cannot be opened by this user",
	engine.SQLITE_IOERR:    "the disk is full, or it or its file system has a fault", // full also where the file for locks finds no room (IOERR_SHMSIZE)
}

// fault says what the store was doing when err came, which file it is, and what helps. It gives nil for nil.
func (s *Store) fault(doing string, err error) error {
	if err == nil {
		return nil
	}
	var coded interface{ Code() int } // *sqlite.Error, *engineError
	if errors.As(err, &coded) {
		if remedy, ok := remedies[coded.Code()&0xff]; ok {
			return fmt.Errorf("%s: store %s: %w; %s", doing, s.path, err, remedy)
		}
	}
	return fmt.Errorf("%s: store %s: %w", doing, s.path, err)
}
