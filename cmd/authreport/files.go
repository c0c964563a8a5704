package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"authreport/config"
	"authreport/deliver"
	"authreport/jobs"
)

// The files that a report is written as, in the order in which they are written: those that use others come first.
var (
	mailFiles   = []string{"eml", "txt"}
	reportFiles = []string{"html", "xlsx", "csv", "microsoft.csv", "json"}
)

func (q *requestFlags) addFilesFlag(c *cobra.Command) {
	c.Flags().StringSliceVar(&q.files, "files", nil, "write these files alone, a `LIST` of "+strings.Join(slices.Concat(mailFiles, reportFiles), ", ")+
		"; default the first four and what the report attaches")
}

// wanted gives the files that the flags ask for, or those that are written without being asked for.
func (q *requestFlags) wanted(settings config.Report) ([]string, error) {
	known := slices.Concat(mailFiles, reportFiles)
	for _, name := range q.files {
		if !slices.Contains(known, name) {
			return nil, usagef("--files must be of %s; is %q", strings.Join(known, ", "), name)
		}
	}
	if len(q.files) > 0 {
		return q.files, nil
	}
	files := []string{"eml", "txt", "html", "xlsx"}
	for i, attached := range []bool{settings.AttachCSV, settings.AttachMS, settings.AttachJSON} {
		if attached {
			files = append(files, reportFiles[2+i])
		}
	}
	return files, nil
}

// writeDocument writes the files of an order into a folder, for its owner alone, and says where. Without the mail, what is large is never whole in memory.
func (p *program) writeDocument(c *config.Config, document *jobs.Document, o order, folder string) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	writers := make(map[string]func(io.Writer) error)
	for _, name := range reportFiles {
		writers[name] = func(w io.Writer) error { return document.Write(w, name) }
	}
	if slices.ContainsFunc(mailFiles, func(name string) bool { return slices.Contains(o.files, name) }) {
		message, err := p.sample(c, document, o)
		if err != nil {
			return err
		}
		writers["txt"] = func(w io.Writer) error { _, err := io.WriteString(w, message.Text); return err }
		writers["eml"] = func(w io.Writer) error {
			mail, err := deliver.EML(message)
			if err == nil {
				_, err = w.Write(mail)
			}
			return err
		}
	}
	for _, name := range slices.Concat(mailFiles, reportFiles) {
		if !slices.Contains(o.files, name) {
			continue
		}
		path := filepath.Join(folder, document.Name(name))
		if err := deliver.CreateFile(path, writers[name]); err != nil {
			return err
		}
		fmt.Fprintln(p.out, path)
	}
	return nil
}

// sample is the mail as the first recipient of the order's copy would get it.
func (p *program) sample(c *config.Config, document *jobs.Document, o order) (deliver.Message, error) {
	draft, err := document.Message(o.settings, c.Mail.MaxSize)
	message := draft.Message
	if err != nil {
		return message, err
	}
	message.From, message.ReplyTo, message.Unsubscribe, message.Date = c.Mail.From, c.Mail.ReplyTo, c.Administrator(), p.now()
	message.To, message.ID = "recipient@example.org", "<preview@"+jobs.MessageHost(c.Mail)+">"
	if len(o.copy.Recipients) > 0 {
		message.To = o.copy.Recipients[0]
	}
	message.Heads = o.heads()
	return message, nil
}
