package main

import (
	"context"
	"errors"
	"strings"

	"authreport"
	"authreport/config"
	"authreport/jobs"
	"authreport/maillog"
	"authreport/tail"
)

// sampled is how many bytes of a log check reads, of its text after decompression.
const sampled = 64 << 20

// errEnough ends the reading of a sample.
var errEnough = errors.New("enough")

// sources looks whether each source's logs can be read, are of its format, and tell all that there is to tell; and whether a file belongs to two sources.
func (f *findings) sources(ctx context.Context, c *config.Config) {
	owners := map[tail.DiskID]string{}
	for _, source := range c.Sources {
		if len(source.Journal) > 0 {
			f.journal(ctx, c, source)
			continue
		}
		files, faults := tail.Find(tail.Search{Source: source.Name, Patterns: source.Paths, Now: f.now(), Kind: jobs.Kind(source)})
		for _, err := range faults {
			f.fault("", "source %s: %v", source.Name, err)
		}
		var streams []string
		sampled := map[string][]*tail.File{} // by stream, oldest first
		for _, file := range files {
			if owner, taken := owners[file.DiskID()]; taken {
				f.fault("take it out of the paths of one of them", "source %s: %s belongs to the source %s too", source.Name, file.Position.Path, owner)
			}
			owners[file.DiskID()] = source.Name
			stream := file.Position.Stream
			if sampled[stream] == nil {
				streams = append(streams, stream)
			}
			if sampled[stream] == nil || file.Unread() {
				sampled[stream] = newest(sampled[stream], file)
			}
		}
		for _, stream := range streams {
			f.sample(ctx, c, source, sampled[stream])
		}
		for _, file := range files {
			file.Close()
		}
	}
}

// newest gives the files of a stream to sample, with one more. A session may begin in the file before the newest; of logs that are joined, each role may have a file for the same hour.
func newest(files []*tail.File, one *tail.File) []*tail.File {
	most := 2
	switch one.Kind {
	case authreport.JoinedLogs:
		most = 4
	case authreport.Export: // each is whole, and may be refused
		most = len(files) + 1
	}
	if len(files) == 1 && !files[0].Unread() {
		files = nil
	}
	files = append(files, one)
	return files[max(0, len(files)-most):]
}

// sampler reads the beginning of some logs as a source's format, and as whatever format they seem to be of.
type sampler struct {
	maillog.Parser
	all, last *authreport.Tally // of the last file alone, and of those before it
	guess     maillog.Parser
	guessed   *authreport.Tally // by guess
}

func newSampler(c *config.Config, source config.Source) (*sampler, error) {
	parser, err := jobs.NewParser(source)
	if err != nil {
		return nil, err
	}
	source.Format = maillog.Auto
	guess, err := jobs.NewParser(source)
	return &sampler{parser, authreport.NewTally(c.Zone), authreport.NewTally(c.Zone), guess, authreport.NewTally(c.Zone)}, err
}

func (s *sampler) file(f *tail.File) {
	s.File(f.Modified())
	s.guess.File(f.Modified())
}

func (s *sampler) line(line []byte, into *authreport.Tally) {
	s.Line(line, into)
	s.guess.Line(line, s.guessed)
}

// sample reads the last files of a stream, the beginning of each, and tells what they are worth.
func (f *findings) sample(ctx context.Context, c *config.Config, source config.Source, files []*tail.File) {
	about := "source " + source.Name + ": " + files[len(files)-1].Position.Path
	if !files[len(files)-1].Unread() {
		f.well("%s: empty", about)
		return
	}
	s, err := newSampler(c, source)
	if err != nil {
		f.fault("", "%s: %v", about, err)
		return
	}
	for i, file := range files {
		into := s.all
		if i == len(files)-1 || file.Kind != authreport.Log {
			into = s.last
		}
		if file.Kind == authreport.Export && i > 0 { // it has nothing to do with the one before
			if s, err = newSampler(c, source); err != nil {
				f.fault("", "%s: %v", about, err)
				return
			}
			into = s.last
		}
		s.file(file)
		err := file.Lines(ctx, func(line []byte) error {
			if file.Position.Offset > sampled {
				return errEnough
			}
			s.line(line, into)
			return nil
		})
		if err != nil && !errors.Is(err, errEnough) {
			f.fault("", "source %s: %v", source.Name, err)
		}
		s.Flush(into)
		if refuser, ok := s.Parser.(maillog.Refuser); ok && refuser.Refused() != "" {
			f.fault("leave it out of paths", "source %s: %s is %s", source.Name, file.Position.Path, refuser.Refused())
		}
	}
	f.judge(about, source.Format, s)
}

// journal reads the beginning of systemd's journal, and tells what it is worth.
func (f *findings) journal(ctx context.Context, c *config.Config, source config.Source) {
	about := "source " + source.Name + ": journal of " + strings.Join(source.Journal, ", ")
	s, err := newSampler(c, source)
	if err != nil {
		f.fault("", "%s: %v", about, err)
		return
	}
	s.File(f.now())
	s.guess.File(f.now())
	j := tail.NewJournal(source.Name, source.Journal, source.JournalDirectory, nil)
	err = j.Read(ctx, false, func(line []byte) error {
		if j.Position().Offset > sampled {
			return errEnough
		}
		s.line(line, s.last)
		return nil
	}, func() error { return nil })
	if err != nil && !errors.Is(err, errEnough) {
		f.fault("", "source %s: %v", source.Name, err)
		return
	}
	f.judge(about, source.Format, s)
}

// judge tells what a sample of a log is worth. What is not known of submissions in the file before the newest is left out: their sessions may have begun in one that is not
// in the sample.
func (f *findings) judge(about, format string, s *sampler) {
	s.Settle(s.last)
	s.Flush(s.last)
	var lines authreport.Lines
	messages := int64(0)
	for _, tally := range []*authreport.Tally{s.all, s.last} {
		for l := range tally.Lines() {
			lines.Merge(l)
		}
		for count := range tally.Counts() {
			messages += count.Messages
		}
	}
	if chosen := jobs.Chosen(s.Parser); chosen != "" {
		about += " (" + chosen + ")"
	}
	what := counted(lines.Read, "line") + ", " + counted(messages, "submission")
	gaps := gapsOf(s.last)
	other, has := s.other(format)
	switch {
	case messages == 0 && has > 0:
		f.fault("set format: "+other+" in the source, or auto", "%s: %s read as %s, %s read as %s", about, what, format, counted(has, "submission"), other)
	case lines.Read > 0 && lines.NotUnderstood*2 > lines.Read:
		f.fault("is it a log of another program, or in another form? One of them: "+lines.Example,
			"%s: %d of %s not understood as %s", about, lines.NotUnderstood, counted(lines.Read, "line"), format)
	case messages == 0 && len(gaps) == 0:
		f.note("that is right if nobody has logged in since it began; else the submissions go through another server", "%s: %s: nobody logged in", about, what)
	case lines.NotUnderstood > 0:
		f.note("", "%s: %s, %s not understood", about, what, counted(lines.NotUnderstood, "line"))
	case len(gaps) == 0:
		f.well("%s: %s", about, what)
	}
	for _, g := range gaps {
		advice := g.Gap.Advice()
		tell := f.note
		if g.Count >= messages && g.Gap != authreport.GapBeforeLog {
			tell = f.fault // of none is it known
		}
		tell(advice.Remedy, "%s: %s: of %d, %s", about, what, g.Count, advice.Missing)
	}
}

// other gives the format that the lines seem to be of, if it is not the one that was configured, and how many submissions they have as such.
func (s *sampler) other(format string) (other string, messages int64) {
	chooser, ok := s.guess.(maillog.Chooser)
	if !ok {
		return "", 0
	}
	if other, _ = chooser.Chosen(); other == format || format == maillog.Auto {
		return "", 0
	}
	s.guess.Settle(s.guessed)
	for count := range s.guessed.Counts() {
		messages += count.Messages
	}
	return other, messages
}

// gapsOf adds up what a tally says of each gap, in the order of the documentation.
func gapsOf(t *authreport.Tally) []authreport.GapCount {
	sums := map[authreport.Gap]int64{}
	for g := range t.Gaps() {
		sums[g.Gap] += g.Count
	}
	var gaps []authreport.GapCount
	for _, advice := range authreport.Gaps() {
		if n := sums[advice.Gap]; n > 0 {
			gaps = append(gaps, authreport.GapCount{Gap: advice.Gap, Count: n})
		}
	}
	return gaps
}
