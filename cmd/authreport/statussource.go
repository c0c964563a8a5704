package main

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"authreport"
	"authreport/config"
	"authreport/jobs"
	"authreport/store"
	"authreport/tail"
)

type sourceStatus struct {
	Name          string            `json:"name"`
	Format        string            `json:"format"`
	Recognised    map[string]string `json:"recognised,omitempty"` // by log, of the format auto
	Lines         int64             `json:"lines"`                // read, of the days kept
	NotUnderstood int64             `json:"not_understood"`
	Example       string            `json:"example,omitempty"` // a line not understood
	LastLine      *time.Time        `json:"last_line"`         // latest stamp
	Files         []fileStatus      `json:"files"`             // known ones, oldest first
	Faults        []string          `json:"faults"`            // of files that could not be read at the last look
}

type fileStatus struct {
	Path     string     `json:"path"`             // where it is now, or was when it was last read
	Gone     bool       `json:"gone,omitempty"`   // it is not among the source's files any more
	Read     int64      `json:"read"`             // bytes after decompression
	Cursor   string     `json:"cursor,omitempty"` // of systemd's journal: the last entry that was read
	Modified *time.Time `json:"modified"`         // when last read to its end
	Fault    string     `json:"fault,omitempty"`
}

func (p *program) sourcesStatus(ctx context.Context, c *config.Config, s *store.Store) ([]sourceStatus, error) {
	lines := map[string]authreport.Lines{}
	for l, err := range s.Lines(ctx, authreport.Range{First: math.MinInt32, Last: math.MaxInt32}) {
		if err != nil {
			return nil, err
		}
		sum := lines[l.Source]
		sum.Merge(l)
		lines[l.Source] = sum
	}
	var all []sourceStatus
	for _, source := range c.Sources {
		sum := lines[source.Name]
		one := sourceStatus{Name: source.Name, Format: source.Format, Lines: sum.Read, NotUnderstood: sum.NotUnderstood, Example: sum.Example, LastLine: maybe(sum.Last, c.Zone)}
		positions, err := s.Positions(ctx, source.Name)
		if err != nil {
			return nil, err
		}
		faults, err := jobs.Faults(ctx, s, source.Name)
		if err != nil {
			return nil, err
		}
		if one.Recognised, err = jobs.Choices(ctx, s, source.Name); err != nil {
			return nil, err
		}
		one.Faults, one.Files = append([]string{}, faults...), p.filesStatus(source, positions, c.Zone)
		all = append(all, one)
	}
	return all, nil
}

// filesStatus gives the known files of a source by the paths that they have now: a file that is renamed once it was read is not read again, and so not written to the store.
func (p *program) filesStatus(source config.Source, positions []authreport.Position, zone *time.Location) []fileStatus {
	now, faults := map[int64]string{}, []error(nil)
	if len(source.Journal) == 0 {
		var files []*tail.File
		files, faults = tail.Find(tail.Search{Source: source.Name, Patterns: source.Paths, Known: positions, Now: p.now(), Kind: jobs.Kind(source)})
		for _, f := range files {
			now[f.Position.ID] = f.Position.Path
			f.Close()
		}
	}
	all := []fileStatus{}
	for _, f := range positions {
		one := fileStatus{Path: f.Path, Read: f.Offset, Cursor: f.Cursor, Modified: maybe(f.ModTime, zone), Fault: f.Fault}
		if path, found := now[f.ID]; found {
			one.Path = path
		} else {
			one.Gone = len(faults) == 0 && f.Cursor == "" // with faults it may be among what cannot be looked at
		}
		all = append(all, one)
	}
	return all
}

func (s *sourceStatus) write(b *strings.Builder) {
	fmt.Fprintf(b, "  %s (%s): %s, %d not understood", s.Name, s.Format, counted(s.Lines, "line"), s.NotUnderstood)
	if s.LastLine != nil {
		b.WriteString(", last of " + s.LastLine.Format(timeForm))
	}
	b.WriteString("\n")
	for _, log := range slices.Sorted(maps.Keys(s.Recognised)) {
		fmt.Fprintf(b, "    %s is %s\n", log, s.Recognised[log])
	}
	for _, f := range s.Files {
		switch {
		case f.Cursor != "":
			fmt.Fprintf(b, "    systemd's journal: read up to the entry %s\n", f.Cursor)
		case f.Gone:
			fmt.Fprintf(b, "    %s: read up to byte %d, and gone\n", f.Path, f.Read)
		default:
			fmt.Fprintf(b, "    %s: read up to byte %d\n", f.Path, f.Read)
		}
		if f.Fault != "" {
			fmt.Fprintf(b, "      ✗ %s\n", f.Fault)
		}
	}
	for _, fault := range s.Faults {
		fmt.Fprintf(b, "    ✗ %s\n", fault)
	}
	if s.Example != "" {
		fmt.Fprintf(b, "    a line not understood: %s\n", s.Example)
	}
}
