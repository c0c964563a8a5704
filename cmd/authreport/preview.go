package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"authreport/config"
	"authreport/templates"
)

func previewCommand(p *program) *cobra.Command {
	q, watch, port := requestFlags{out: "preview"}, false, 0
	c := &cobra.Command{
		Use:   "preview [NAME]",
		Short: "Write the mail that a report would be, as .eml, with its page and workbook; send nothing",
		Long: `preview makes the report NAME (default: the first that is configured) of what the store has now, and writes it into a folder: the mail as .eml as its first
recipient would get it, or the one named with --as, its plain text, the page and the workbook. It reads no logs and sends nothing. It says how large the mail is,
and whether a run of its schedule would be mailed.

With --watch it shows mail and page in a browser on this machine, and again whenever config.yaml or the folder of templates changes (docs/branding.md).`,
		Args: func(c *cobra.Command, arguments []string) error {
			if len(arguments) > 1 {
				return usagef("preview takes one report, got %d", len(arguments))
			}
			return nil
		},
		RunE: func(c *cobra.Command, arguments []string) error {
			name := ""
			if len(arguments) == 1 {
				name = arguments[0]
			}
			switch {
			case watch && (c.Flags().Changed("out") || c.Flags().Changed("files")):
				return usagef("--watch writes no files, so it takes neither --out nor --files")
			case watch:
				return p.watch(c.Context(), &q, name, port)
			case c.Flags().Changed("port"):
				return usagef("--port needs --watch")
			}
			settings, s, err := p.openToRead(c.Context())
			if err != nil {
				return err
			}
			defer s.Close()
			if q.name, err = previewed(settings, name); err != nil {
				return err
			}
			o, err := q.order(settings, p.now())
			if err != nil {
				return err
			}
			document, r, err := o.document(c.Context(), p, settings, s, o.copy)
			if err != nil {
				return err
			}
			tellFaults(settings.Templates, func(fault templates.Fault) {
				fmt.Fprintln(p.err, "authreport: templates, what is built in is used:", fault)
			})
			p.sayCopy(o)
			if err := p.writeDocument(settings, document, o, q.out); err != nil {
				return err
			}
			return p.sayMail(settings, document, r, o)
		},
	}
	c.Flags().StringVar(&q.out, "out", q.out, "folder `DIR` to write into")
	c.Flags().BoolVar(&watch, "watch", false, "show it in a browser, and again after each change; write nothing")
	c.Flags().IntVar(&port, "port", 0, "`NUMBER` of the port that --watch serves on; default any")
	c.Flags().StringVar(&q.as, "as", "", "show the copy that `ADDRESS` would get; default the first recipient's")
	q.addFilesFlag(c)
	q.addReportFlags(c)
	return c
}

// previewed gives the name of the report that is shown: the one that was named, or the first that is configured.
func previewed(c *config.Config, name string) (string, error) {
	switch {
	case name != "":
		return name, nil
	case len(c.Reports) == 0:
		return "", usagef("no report is configured: name one")
	}
	return c.Reports[0].Name, nil
}
