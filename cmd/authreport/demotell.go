package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"authreport"
	"authreport/deliver"
	"authreport/jobs"
	"authreport/report"
)

// sayReport tells the headlines of the report, and for what happened in the company what the report has of it.
func (d *demonstration) sayReport(r *report.Report) {
	s := &r.Summary
	d.say("          %d submissions of %d accounts, %d the week before; %d over TLS1.0 and TLS1.1, %d without TLS.\n",
		s.Messages.Value, s.Accounts.Value, s.Messages.Before, s.Legacy.Value, s.NoTLS.Value)
	accounts := map[string]report.Account{}
	for a := range r.Accounts() {
		accounts[a.Name] = a
	}
	d.say("What happened there, and what the report has of it:")
	w := tabwriter.NewWriter(d.out, 0, 0, 2, ' ', 0)
	d.print.Fprint(w, "ACCOUNT\tMESSAGES\tWEEK BEFORE\tADDRESSES\tFAILED AUTH\tTLS\tWHAT HAPPENED\n")
	for _, s := range d.company.Stories() {
		a, found := accounts[s.Account]
		if !found {
			d.print.Fprintf(w, "%s\tnone\t\t\t\t\t%s\n", s.Account, s.Text)
			continue
		}
		d.print.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%s\t%s\n", s.Account, a.Messages.Value, a.Messages.Before, a.Addresses, a.Failures, versions(&a.TLS), s.Text)
	}
	w.Flush() // the error is that of d.out, which is of no use here
}

// versions are the TLS versions that an account used, the newest first.
func versions(c *authreport.TLSCounts) string {
	var names []string
	for _, v := range authreport.TLSVersions() {
		if c[v] > 0 {
			names = append(names, v.String())
		}
	}
	return strings.Join(names, ", ")
}

// sayFiles writes page and workbook, and tells where everything is.
func (d *demonstration) sayFiles(catcher *deliver.Catcher, document *jobs.Document) error {
	d.say("\nLook at")
	for _, f := range []struct{ what, extension string }{{"the page, in a browser", "html"}, {"the workbook", "xlsx"}} {
		path := filepath.Join(d.folder.Dir, document.Name(f.extension))
		if err := deliver.CreateFile(path, func(w io.Writer) error { return document.Write(w, f.extension) }); err != nil {
			return err
		}
		d.sayPath(f.what, path)
	}
	for _, message := range catcher.Messages() {
		d.sayPath("the mail as it came in", message.Path)
	}
	d.sayPath("the logs", d.folder.Logs())
	d.sayPath("the database", d.folder.Database())
	d.sayPath("the configuration", d.folder.Config())
	d.sayPath("what was invented", d.folder.Truth())
	d.say("\nGo on with")
	for _, command := range []string{"status", "--request weekly", "--request quarter --period \"last 90 days\" --out quarter", "export counts"} {
		d.say("  %s --config %s %s", asCalled(), d.folder.Config(), command)
	}
	return nil
}

func (d *demonstration) sayPath(what, path string) { d.say("  %-24s %s", what, path) }

// say prints a line, numbers with a comma between thousands.
func (d *demonstration) say(format string, values ...any) {
	d.print.Fprintf(d.out, format+"\n", values...)
}

// asCalled is how the program was called: by its path where it is not among the shell's commands.
func asCalled() string {
	if name := os.Args[0]; strings.ContainsRune(name, filepath.Separator) && !filepath.IsAbs(name) {
		return name
	}
	return "authreport"
}
