package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"authreport/templates"
)

// build is what is known of the program itself.
type build struct {
	Version  string `json:"version"`  // module version; "(devel)" for a build outside of version control
	Commit   string `json:"commit"`   // full hash; empty if it is not known
	Time     string `json:"time"`     // of the commit, RFC 3339
	Modified bool   `json:"modified"` // whether the tree differed from the commit
	Go       string `json:"go"`
	Platform string `json:"platform"`
	Charts   bool   `json:"charts"` // whether the pages' chart library is built in
}

func versionCommand(p *program) *cobra.Command {
	asJSON := false
	c := &cobra.Command{
		Use:   "version",
		Short: "Show version, commit and what is built in",
		Args:  noArguments,
		RunE: func(*cobra.Command, []string) error {
			b := thisBuild()
			if asJSON {
				return json.NewEncoder(p.out).Encode(b)
			}
			commit := "commit unknown"
			if b.Commit != "" {
				commit = "commit " + b.Commit + " of " + b.Time
			}
			if b.Modified {
				commit += ", modified"
			}
			charts := "built in"
			if !b.Charts {
				charts = "not built in: pages show tables alone (make build fetches the chart library)"
			}
			_, err := fmt.Fprintf(p.out, "authreport %s\n%s\n%s, %s\ncharts of pages: %s\n", b.Version, commit, b.Go, b.Platform, charts)
			return err
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return c
}

func thisBuild() build {
	b := build{Version: "(devel)", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	_, b.Charts = templates.ECharts()
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if info.Main.Version != "" {
		b.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.time":
			b.Time = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}
