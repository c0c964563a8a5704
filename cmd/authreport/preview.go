package main

import (
	"github.com/spf13/cobra"
)

func previewCommand(p *program) *cobra.Command {
	q := requestFlags{out: "preview"}
	c := &cobra.Command{
		Use:   "preview [NAME]",
		Short: "Write the mail that a report would be, as .eml, with its page and workbook; send nothing",
		Long: `preview makes the report NAME (default: the first that is configured) of what the store has now, and writes it into a folder: the mail as .eml as its first
recipient would get it, or the one named with --as, its plain text, the page and the workbook. It reads no logs and sends nothing. It says how large the mail is,
and whether a run of its schedule would be mailed.`,
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
			document, r, err := o.document(c.Context(), p, settings, s, o.copy)
			if err != nil {
				return err
			}
			p.sayCopy(o)
			if err := p.writeDocument(settings, document, o, q.out); err != nil {
				return err
			}
			return p.sayMail(settings, document, r, o)
		},
	}
	c.Flags().StringVar(&q.out, "out", q.out, "folder `DIR` to write into")
	c.Flags().StringVar(&q.as, "as", "", "show the copy that `ADDRESS` would get; default the first recipient's")
	q.addFilesFlag(c)
	q.addReportFlags(c)
	return c
}
