package main

import (
	"fmt"
	"math"
	"strings"

	"github.com/spf13/cobra"

	"authreport"
	"authreport/jobs"
	"authreport/store"
)

func requestsCommand(p *program) *cobra.Command {
	var when days
	var all, asJSON bool
	c := &cobra.Command{
		Use:   "requests",
		Short: "Show who asked for which report, when, for whom, and what became of it",
		Long: `requests shows the reports that somebody asked for, newest first; with --all also those that schedules asked for, and notices. --from and --to are the days on which
they were asked for. They are kept as long as the counts: twice the days of retention and one.`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			asked, err := when.whole()
			if err != nil {
				return err
			}
			settings, s, err := p.openToRead(c.Context())
			if err != nil {
				return err
			}
			defer s.Close()
			found := []requestStatus{}
			list, err := s.Requests(c.Context(), math.MaxInt32)
			if err != nil {
				return err
			}
			for _, r := range list {
				if !asked.Contains(authreport.DayOf(r.Created.In(settings.Zone))) || !all && !byHand(r) {
					continue
				}
				one, err := p.requestStatus(c.Context(), settings, s, r)
				if err != nil {
					return err
				}
				found = append(found, one)
			}
			if asJSON {
				return p.printJSON(found)
			}
			_, err = fmt.Fprint(p.out, requestsText(found))
			return err
		},
	}
	when.addFlags(c, false)
	c.Flags().Lookup("to").Usage = "last `DAY`; default today"
	c.Flags().BoolVar(&all, "all", false, "also what schedules asked for, and notices")
	c.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return c
}

// byHand says whether a person asked for it.
func byHand(r store.Request) bool {
	return r.AskedBy != store.AskedBySchedule && r.AskedBy != jobs.AskedByProgram
}

func requestsText(list []requestStatus) string {
	var b strings.Builder
	for _, r := range list {
		domains := ""
		if len(r.Domains) > 0 {
			domains = ", sender domains " + strings.Join(r.Domains, ", ")
		}
		fmt.Fprintf(&b, "%d %s by %s: %s%s; to %s: %s\n", r.ID, r.Asked.Format(timeForm), r.AskedBy, r.subject, domains, toWhom(r.Recipients, r.Cc, r.Bcc), r.State)
		r.writeOutcome(&b)
	}
	if len(list) == 0 {
		return "Nobody asked for any.\n"
	}
	return b.String()
}
