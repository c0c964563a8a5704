//go:build unix

package tail

import (
	"os"
	"syscall"
)

// DiskID is what the system tells a file by while it exists. It is comparable.
type DiskID struct{ device, inode uint64 }

func idOf(_ string, info os.FileInfo) DiskID {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return DiskID{}
	}
	return DiskID{uint64(stat.Dev), uint64(stat.Ino)} //nolint:unconvert // the types differ from system to system
}

// ownerOf gives the names of the file's owner and group, or their numbers.
func ownerOf(info os.FileInfo) (owner, group string) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return "", ""
	}
	return userName(stat.Uid), groupName(stat.Gid)
}
