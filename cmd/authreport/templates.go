package main

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"authreport/config"
	"authreport/templates"
)

func templatesCommand(p *program) *cobra.Command {
	return &cobra.Command{
		Use:   "templates [FILE]",
		Short: "List the texts and templates that are built in, or write one of them",
		Long: `templates lists the files whose texts can be replaced from a folder (templates: {dir: …} in the configuration; docs/branding.md), or writes one of them as it is built in:
to look up a text's key, or to begin a file of your own with.`,
		Example: `  authreport templates
  authreport templates languages/nl.yaml
  authreport templates mail/mail.html.tmpl > /etc/authreport/look/mail/mail.html.tmpl`,
		Args: func(_ *cobra.Command, arguments []string) error {
			if len(arguments) > 1 {
				return usagef("templates takes one file, got %d", len(arguments))
			}
			return nil
		},
		RunE: func(_ *cobra.Command, arguments []string) error {
			names := builtIn()
			if len(arguments) == 0 {
				_, err := fmt.Fprintln(p.out, strings.Join(names, "\n"))
				return err
			}
			if !slices.Contains(names, arguments[0]) {
				return usagef("FILE must be one of %s, is %q", strings.Join(names, ", "), arguments[0])
			}
			text, err := fs.ReadFile(templates.FS, arguments[0])
			if err != nil {
				return err
			}
			_, err = p.out.Write(text)
			return err
		},
	}
}

// builtIn gives the names of the files that a folder may have, but for brand.yaml.
func builtIn() (names []string) {
	for _, tag := range templates.Languages() {
		names = append(names, "languages/"+tag+".yaml")
	}
	return append(names, templates.Replaceable()...)
}

// tellFaults tells what is broken in the folder of templates.
func tellFaults(set *templates.Set, tell func(templates.Fault)) {
	if set == nil {
		return
	}
	for _, fault := range set.Faults {
		tell(fault)
	}
}

// looks tells what the folder of templates replaces, and what of it is broken.
func (f *findings) looks(c *config.Config) {
	tellFaults(c.Templates, func(fault templates.Fault) {
		f.fault("until it is mended, what is built in is used", "templates: %s", fault)
	})
	if set := c.Templates; set != nil && len(set.Faults) == 0 {
		f.well("templates %s: %s", set.Dir, set.Words())
	}
}
