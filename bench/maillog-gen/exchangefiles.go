package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// exchangeFiles takes a log of several servers and services apart, as Exchange writes it: a folder for each, a file for each hour.
type exchangeFiles struct {
	dir   string
	open  map[string]*hourFile // by folder
	rest  []byte               // of a line whose end has not come
	fault error
}

// hourFile is the file of one service's present hour.
type hourFile struct {
	hour, last string // "2026-05-04T10"; the last row's stamp
	file       *os.File
	out        *bufio.Writer
}

func newExchangeFiles(dir string) *exchangeFiles {
	return &exchangeFiles{dir: dir, open: make(map[string]*hourFile)}
}

// Write takes lines in the order of time.
func (f *exchangeFiles) Write(p []byte) (int, error) {
	f.rest = append(f.rest, p...)
	for {
		end := bytes.IndexByte(f.rest, '\n')
		if end < 0 || f.fault != nil {
			return len(p), f.fault
		}
		if line := f.rest[:end+1]; line[0] != '#' {
			f.fault = f.line(line)
		}
		f.rest = f.rest[end+1:]
	}
}

func (f *exchangeFiles) line(line []byte) error {
	stamp, row, _ := bytes.Cut(line, []byte{','})
	server, connector, _ := bytes.Cut(row, []byte{'\\'})
	service := "Hub"
	if name, _, _ := bytes.Cut(connector, []byte{','}); bytes.Contains(name, []byte("Frontend")) {
		service = "FrontEnd"
	}
	folder := filepath.Join(f.dir, string(server), service)
	h := f.open[folder]
	if h == nil || h.hour != string(stamp[:len("2026-05-04T10")]) {
		if h != nil {
			if err := h.close(); err != nil {
				return err
			}
		}
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
		h = &hourFile{hour: string(stamp[:len("2026-05-04T10")])}
		name := fmt.Sprintf("RECV%s%s%s%s-1.LOG", h.hour[:4], h.hour[5:7], h.hour[8:10], h.hour[11:])
		file, err := os.Create(filepath.Join(folder, name))
		if err != nil {
			return err
		}
		h.file, h.out = file, bufio.NewWriterSize(file, 1<<18)
		h.out.WriteString(exchangeHeader)
		f.open[folder] = h
	}
	h.last = string(stamp)
	_, err := h.out.Write(line)
	return err
}

// close ends the file, last written when its last row says.
func (h *hourFile) close() error {
	if err := h.out.Flush(); err != nil {
		return err
	}
	if err := h.file.Close(); err != nil {
		return err
	}
	at, err := time.Parse(time.RFC3339, h.last)
	if err != nil {
		return err
	}
	return os.Chtimes(h.file.Name(), at, at)
}

// Close ends all files.
func (f *exchangeFiles) Close() error {
	for _, h := range f.open {
		if err := h.close(); err != nil {
			return err
		}
	}
	return nil
}
