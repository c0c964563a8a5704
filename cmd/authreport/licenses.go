package main

import (
	"io"

	"github.com/spf13/cobra"

	"authreport/licenses"
)

func licensesCommand(p *program) *cobra.Command {
	return &cobra.Command{
		Use:   "licenses",
		Short: "Show the licences of the libraries built in",
		Args:  noArguments,
		RunE: func(*cobra.Command, []string) error {
			_, err := io.WriteString(p.out, "authreport itself is under the MIT licence.\n\n"+licenses.ThirdParty())
			return err
		},
	}
}
