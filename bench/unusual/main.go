// Unusual measures what reports call unusual on invented companies (package simulate), and prints the tables of docs/unusual-activity.md.
//
//	go run ./bench/unusual                                  # three companies on which nothing was tuned
//	go run ./bench/unusual -seeds 1 -v                      # that on which it was, with every alarm without an incident and every incident without an alarm
//	go run ./bench/unusual -update docs/unusual-activity.md # puts the tables there
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"

	"authreport/report"
	"authreport/simulate"
)

func main() {
	seeds := flag.String("seeds", "31,32,33", "the companies, by the seed of their chance")
	accounts := flag.Int("accounts", 2000, "accounts of each; a tenth as many incidents")
	verbose := flag.Bool("v", false, "tell each alarm without an incident, and each incident without an alarm")
	update := flag.String("update", "", "file whose tables are replaced, between the marks")
	flag.Parse()
	if err := run(*seeds, *accounts, *verbose, *update); err != nil {
		fmt.Fprintln(os.Stderr, "unusual:", err)
		os.Exit(1)
	}
}

func run(seeds string, accounts int, verbose bool, update string) error {
	var results []*simulate.Result
	names := strings.Split(seeds, ",")
	for _, name := range names {
		seed, err := strconv.ParseUint(name, 10, 64)
		if err != nil {
			return fmt.Errorf("seed must be a whole number, is %q", name)
		}
		company := simulate.New(simulate.Settings{Seed: seed, Accounts: accounts, Incidents: accounts / 10})
		result, err := simulate.Evaluate(context.Background(), company, report.Thresholds{})
		if err != nil {
			return err
		}
		if verbose {
			tell(result)
		}
		results = append(results, result)
	}
	text := tables(names, results)
	if update != "" {
		return replace(update, text)
	}
	fmt.Print(text)
	return nil
}

// tell lists what was wrong.
func tell(r *simulate.Result) {
	for _, u := range r.False {
		fmt.Printf("without an incident: %s %s %s: %d, usually %d, from %d on; %v, with %v\n", u.First, u.Account, u.Kind, u.Value, u.Usual, u.Limit, u.Names, u.With)
	}
	for _, i := range r.Missed {
		fmt.Printf("without an alarm: %s %s %s: %s\n", i.First, i.Account, i.Kind, i.Story)
		for _, u := range i.Notices {
			fmt.Printf("    notice: %s %s: %d, usually %d, from %d on; %v\n", u.First, u.Kind, u.Value, u.Usual, u.Limit, u.Names)
		}
	}
}

// tables is the figures in Markdown: by company, and by kind over all of them.
func tables(seeds []string, results []*simulate.Result) string {
	var b strings.Builder
	b.WriteString("| seed | incidents | raised within a day | no alarm, but a notice | alarms (account and day) | without an incident | account-weeks | without an incident, per 500 account-weeks | notices (account and day) |\n")
	b.WriteString("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n")
	kinds := make([]simulate.KindResult, len(report.UnusualKinds()))
	for i, r := range results {
		noticed := 0
		for _, missed := range r.Missed {
			if len(missed.Notices) > 0 {
				noticed++
			}
		}
		fmt.Fprintf(&b, "| %s | %d | %d (%.1f %%) | %d | %d | %d | %d | %.2f | %d |\n",
			seeds[i], r.Incidents, r.Raised, 100*r.Recall(), noticed, r.Alarmed, r.FalselySo, r.AccountWeeks, r.FalsePer500(), r.Notices)
		for k := range kinds {
			kinds[k].Add(r.Kinds[k])
		}
	}
	b.WriteString("\n| kind | incidents | raised (recall) | under this kind | alarms | with an incident (precision) | notices |\n")
	b.WriteString("| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n")
	for _, k := range kinds {
		fmt.Fprintf(&b, "| `%s` | %d | %d (%.0f %%) | %d | %d | %d (%.0f %%) | %d |\n", k.Kind, k.Incidents, k.Raised, 100*k.Recall(), k.Named, k.Alarms, k.Right, 100*k.Precision(), k.Notices)
	}
	return b.String()
}

// The marks between which a file has the tables.
const (
	begin = "<!-- begin: go run ./bench/unusual -->\n"
	end   = "<!-- end -->\n"
)

// replace puts the tables into a file.
func replace(path, text string) error {
	old, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, found := bytes.Cut(old, []byte(begin))
	_, after, ended := bytes.Cut(rest, []byte(end))
	if !found || !ended {
		return fmt.Errorf("%s has no place for the tables: %q and %q", path, begin, end)
	}
	return os.WriteFile(path, []byte(string(before)+begin+text+end+string(after)), 0o644)
}
