//go:build !unix

package tail

import "os"

// fileID is what a file is told by while it exists: its path, where the system gives no number.
type fileID struct {
	path  string
	inode uint64
}

func idOf(path string, _ os.FileInfo) fileID { return fileID{path: path} }

func ownerOf(os.FileInfo) (owner, group string) { return "", "" }
