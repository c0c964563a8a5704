package main

import (
	"context"
	"errors"

	"authreport"
	"authreport/config"
	"authreport/jobs"
	"authreport/tail"
)

// sampled is how many bytes of a log check reads, of its text after decompression.
const sampled = 64 << 20

// errEnough ends the reading of a sample.
var errEnough = errors.New("enough")

// sources looks whether each source's files can be read, are of its format, and tell TLS versions; and whether a file belongs to two sources.
func (f *findings) sources(ctx context.Context, c *config.Config) {
	owners := map[tail.DiskID]string{}
	for _, source := range c.Sources {
		files, faults := tail.Find(source.Name, source.Paths, nil, f.now())
		for _, err := range faults {
			f.fault("", "source %s: %v", source.Name, err)
		}
		newest := map[string][]*tail.File{} // by stream: the last two that have lines, since a session may begin in the one before
		var streams []string
		for _, file := range files {
			if owner, taken := owners[file.DiskID()]; taken {
				f.fault("take it out of the paths of one of them", "source %s: %s belongs to the source %s too", source.Name, file.Position.Path, owner)
			}
			owners[file.DiskID()] = source.Name
			stream := file.Position.Stream
			if newest[stream] == nil {
				streams = append(streams, stream)
			}
			if last := newest[stream]; file.Unread() || last == nil {
				newest[stream] = append(last[max(0, len(last)-1):], file)
			}
		}
		for _, stream := range streams {
			f.sample(ctx, c, source, newest[stream])
		}
		for _, file := range files {
			file.Close()
		}
	}
}

// sample reads the last files of a stream as their source's format, the beginning of each, and tells what they are worth.
func (f *findings) sample(ctx context.Context, c *config.Config, source config.Source, files []*tail.File) {
	about := "source " + source.Name + ": " + files[len(files)-1].Position.Path
	if !files[len(files)-1].Unread() {
		f.well("%s: empty", about)
		return
	}
	parser, err := jobs.NewParser(source)
	if err != nil {
		f.fault("", "%s: %v", about, err)
		return
	}
	tally, newest := authreport.NewTally(c.Zone), authreport.NewTally(c.Zone)
	for i, file := range files {
		into := tally
		if i == len(files)-1 {
			into = newest
		}
		parser.File(file.Modified())
		err := file.Lines(ctx, func(line []byte) error {
			if file.Position.Offset > sampled {
				return errEnough
			}
			parser.Line(line, into)
			return nil
		})
		if err != nil && !errors.Is(err, errEnough) {
			f.fault("", "source %s: %v", source.Name, err)
		}
	}
	parser.Settle(newest)
	parser.Flush(newest)
	lines, tls := summed(tally)
	newLines, newTLS := summed(newest)
	lines.Merge(newLines)
	for version, messages := range newTLS {
		tls[version] += messages
	}
	f.judge(about, source.Format, lines, tls, newTLS[authreport.TLSUnknown])
}

// summed adds up what a tally has.
func summed(t *authreport.Tally) (lines authreport.Lines, tls authreport.TLSCounts) {
	for l := range t.Lines() {
		lines.Merge(l)
	}
	for count := range t.Counts() {
		tls[count.Client.TLS] += count.Messages
	}
	return lines, tls
}

// judge tells what a sample of a log is worth. unknown is how many submissions of its newest file are of unknown TLS version: in the file before it,
// they may be of sessions that began in one that is not in the sample.
func (f *findings) judge(about, format string, lines authreport.Lines, tls authreport.TLSCounts, unknown int64) {
	what := counted(lines.Read, "line") + ", " + counted(tls.Total(), "submission")
	known := tls.Total() - tls[authreport.TLSUnknown] - tls[authreport.TLSNone]
	switch {
	case lines.Read > 0 && lines.NotUnderstood*2 > lines.Read:
		f.fault("is it a log of another program, or in another form? One of them: "+lines.Example,
			"%s: %d of %s not understood as %s", about, lines.NotUnderstood, counted(lines.Read, "line"), format)
	case tls.Total() == 0:
		f.note("that is right if nobody has logged in since it began; else the submissions go through another server", "%s: %s: nobody logged in", about, what)
	case tls[authreport.TLSUnknown] > 0 && known == 0:
		f.fault("set smtpd_tls_loglevel = 1 in main.cf (postconf -e smtpd_tls_loglevel=1; postfix reload)", "%s: %s, and no TLS version of any", about, what)
	case unknown > 0:
		f.note("if it stays so: smtpd_tls_loglevel = 1 in main.cf", "%s: %s, %d of unknown TLS version", about, what, unknown)
	case lines.NotUnderstood > 0:
		f.note("", "%s: %s, %s not understood", about, what, counted(lines.NotUnderstood, "line"))
	default:
		f.well("%s: %s", about, what)
	}
}
