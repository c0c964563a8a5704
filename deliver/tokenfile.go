package deliver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// tokenFile is the file of a refresh token, held by this process alone until close. Room for a new token is made beside it, in a file of its own, before
// the token server is asked: a full disk or a folder that must not be written is known while the old token is still good.
type tokenFile struct {
	path  string // with links resolved
	token string
	lock  *os.File
	room  *os.File
}

// roomForToken is how many bytes are made sure of; tokens are some kilobytes at most.
const roomForToken = 16 << 10

// lockPoll is how often a lock that another process holds is tried.
const lockPoll = 50 * time.Millisecond

// openTokenFile waits for its turn, takes up a token that a process left beside the file as it died, reads the token, and makes room for the next one.
func openTokenFile(ctx context.Context, path string) (*tokenFile, error) {
	file := &tokenFile{}
	if err := file.open(ctx, path); err != nil {
		file.close()
		return nil, fmt.Errorf("refresh token: %w", err)
	}
	return file, nil
}

func (f *tokenFile) open(ctx context.Context, path string) (err error) {
	if f.path, err = filepath.EvalSymlinks(path); err != nil {
		return err
	}
	if f.lock, err = lockFile(ctx, f.path); err != nil {
		return err
	}
	if err := f.takeUp(); err != nil {
		return err
	}
	data, err := os.ReadFile(f.path)
	if err != nil {
		return err
	}
	var ok bool
	if f.token, ok = oneToken(data); !ok {
		return fmt.Errorf("%s must hold one line", f.path)
	}
	if err := f.makeRoom(); err != nil {
		return fmt.Errorf("a new one could not be kept, so none is asked for: %w (authreport's user must own %s and its folder)", err, f.path)
	}
	return nil
}

// next is where the new token is written.
func (f *tokenFile) next() string { return f.path + ".new" }

// takeUp puts a whole token that stands beside the file into its place: it is the newer one. What is not whole goes.
func (f *tokenFile) takeUp() error {
	data, err := os.ReadFile(f.next())
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if _, ok := oneToken(data); ok && strings.HasSuffix(string(data), "\n") {
		return os.Rename(f.next(), f.path)
	}
	return os.Remove(f.next())
}

// makeRoom makes the file for the next token, as large as any and with the owner of the present one.
func (f *tokenFile) makeRoom() (err error) {
	info, err := os.Stat(f.path)
	if err != nil {
		return err
	}
	if f.room, err = os.OpenFile(f.next(), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600); err != nil {
		return err
	}
	if err := keepOwner(f.room, info); err != nil {
		return err
	}
	if _, err := f.room.Write(make([]byte, roomForToken)); err != nil { // no token has a NUL, so this is none
		return err
	}
	return f.room.Sync()
}

// replace puts token into the file's place, whole and on the disk.
func (f *tokenFile) replace(token string) error {
	write := func() error {
		line := token + "\n"
		if _, err := f.room.WriteAt([]byte(line), 0); err != nil {
			return err
		}
		if err := f.room.Truncate(int64(len(line))); err != nil {
			return err
		}
		if err := f.room.Sync(); err != nil {
			return err
		}
		if err := os.Rename(f.next(), f.path); err != nil {
			return err
		}
		_ = f.room.Close()
		f.room = nil // what stands beside the file from now on is another process's
		return syncFolder(filepath.Dir(f.path))
	}
	if err := write(); err != nil {
		return fmt.Errorf("keep the new refresh token in %s: %w", f.path, err)
	}
	f.token = token
	return nil
}

// close gives the file back, and its room.
func (f *tokenFile) close() {
	if f.room != nil {
		_ = f.room.Close()
		if data, err := os.ReadFile(f.next()); err == nil {
			if _, ok := oneToken(data); !ok { // else it is a token that could not be put into place: it is taken up next time
				_ = os.Remove(f.next())
			}
		}
	}
	if f.lock != nil {
		_ = f.lock.Close()
	}
}

// oneToken is the token in a file of one line.
func oneToken(data []byte) (token string, ok bool) {
	token = strings.TrimRight(string(data), "\r\n")
	return token, token != "" && !strings.ContainsAny(token, "\r\n\x00")
}

// lockFile opens a file and waits until no other process holds it. A file that was replaced meanwhile is opened anew.
func lockFile(ctx context.Context, path string) (*os.File, error) {
	tick := time.NewTicker(lockPoll)
	defer tick.Stop()
	for {
		file, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		locked, err := tryLock(file)
		if err == nil && locked && sameFile(file, path) {
			return file, nil
		}
		_ = file.Close()
		if err != nil {
			return nil, err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, fmt.Errorf("%s is in use by another process: %w", path, context.Cause(ctx))
		}
	}
}

func sameFile(file *os.File, path string) bool {
	mine, err := file.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(path)
	return err == nil && os.SameFile(mine, there)
}

// syncFolder makes a rename last. A file system that cannot do it for folders has done its best.
func syncFolder(folder string) error {
	f, err := os.Open(folder)
	if err != nil {
		return err
	}
	_ = f.Sync()
	return f.Close()
}
