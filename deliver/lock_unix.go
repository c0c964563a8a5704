//go:build unix && !solaris && !aix

package deliver

import (
	"errors"
	"os"
	"syscall"
)

// tryLock takes the lock on an open file, without waiting. The kernel gives it back when the file is closed or the process ends (flock(2)).
func tryLock(file *os.File) (locked bool, err error) {
	for {
		err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return false, nil
	}
	if err != nil {
		return false, &os.PathError{Op: "lock", Path: file.Name(), Err: err}
	}
	return true, nil
}

// keepOwner gives a new file to the user and group of another; an error says that this process may not.
func keepOwner(file *os.File, as os.FileInfo) error {
	stat, ok := as.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if mine, ok := info.Sys().(*syscall.Stat_t); ok && mine.Uid == stat.Uid {
		return nil
	}
	return file.Chown(int(stat.Uid), int(stat.Gid))
}
