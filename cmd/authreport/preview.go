package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"authreport/config"
	"authreport/deliver"
	"authreport/jobs"
)

func previewCommand(p *program) *cobra.Command {
	q := requestFlags{out: "preview"}
	c := &cobra.Command{
		Use:   "preview [NAME]",
		Short: "Write the mail that a report would be, as .eml, with its page and workbook; send nothing",
		Long: `preview makes the report NAME (default: the first that is configured) of what the store has now, and writes it into a folder: the mail as .eml as its first
recipient would get it, its plain text, the page and the workbook. It reads no logs and sends nothing.`,
		Args: func(c *cobra.Command, arguments []string) error {
			if len(arguments) > 1 {
				return usagef("preview takes one report, got %d", len(arguments))
			}
			return nil
		},
		RunE: func(c *cobra.Command, arguments []string) error {
			settings, s, err := p.openToRead(c.Context())
			if err != nil {
				return err
			}
			defer s.Close()
			if len(arguments) == 1 {
				q.name = arguments[0]
			} else if len(settings.Reports) > 0 {
				q.name = settings.Reports[0].Name
			} else {
				return usagef("no report is configured: name one")
			}
			o, err := q.order(settings, p.now())
			if err != nil {
				return err
			}
			r, err := p.build(c.Context(), settings, s, o)
			if err != nil {
				return err
			}
			return p.writeDocument(settings, jobs.NewDocument(r), o, q.out)
		},
	}
	c.Flags().StringVar(&q.out, "out", q.out, "folder `DIR` to write into")
	q.addReportFlags(c)
	return c
}

// writeDocument writes mail, plain text, page, workbook and the files for programs that the report attaches into a folder, for its owner alone, and says where.
func (p *program) writeDocument(c *config.Config, document *jobs.Document, o order, folder string) error {
	message, err := document.Message(o.settings)
	if err != nil {
		return err
	}
	message.From, message.ReplyTo, message.Date = c.Mail.From, c.Mail.ReplyTo, p.now()
	message.To, message.ID = "recipient@example.org", "<preview@"+jobs.MessageHost(c.Mail)+">"
	if len(o.recipients) > 0 {
		message.To = o.recipients[0]
	}
	mail, err := deliver.EML(message)
	if err != nil {
		return err
	}
	page, err := document.Page()
	if err != nil {
		return err
	}
	workbook, err := document.Workbook()
	if err != nil {
		return err
	}
	exports, err := document.Exports(o.settings)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	stem := page.Name[:len(page.Name)-len(filepath.Ext(page.Name))]
	for _, f := range append([]deliver.File{{Name: stem + ".eml", Data: mail}, {Name: stem + ".txt", Data: []byte(message.Text)}, page, workbook}, exports...) {
		path := filepath.Join(folder, f.Name)
		if err := deliver.WriteFile(path, f.Data); err != nil {
			return err
		}
		fmt.Fprintln(p.out, path)
	}
	return nil
}
