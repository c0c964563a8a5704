package main

import (
	"fmt"
	"strings"

	"authreport/config"
)

// copyStatus is a copy of a report, as JSON names it.
type copyStatus struct {
	Recipients []string `json:"recipients"`
	Domains    []string `json:"domains"` // sender domains of which they may know; empty: all
	Pseudonyms bool     `json:"pseudonyms"`
	Language   string   `json:"language"`
	Attached   []string `json:"attached"` // "page (zip)", "workbook", "CSV", "JSON", "CSV with Microsoft's columns"
}

func copyOf(c config.Copy) copyStatus {
	one := copyStatus{Recipients: c.Recipients, Domains: append([]string{}, c.Domains...), Pseudonyms: c.Pseudonyms, Language: c.Language, Attached: []string{}}
	if c.AttachPage != "none" {
		one.Attached = append(one.Attached, "page ("+c.AttachPage+")")
	}
	for _, file := range []struct {
		attached bool
		name     string
	}{{c.AttachWorkbook, "workbook"}, {c.AttachCSV, "CSV"}, {c.AttachMS, "CSV with Microsoft's columns"}, {c.AttachJSON, "JSON"}} {
		if file.attached {
			one.Attached = append(one.Attached, file.name)
		}
	}
	return one
}

// String says who gets what: "owner@example.net: only example.net; in nl, with page (zip), workbook".
func (c copyStatus) String() string {
	attached := "nothing attached"
	if len(c.Attached) > 0 {
		attached = "with " + strings.Join(c.Attached, ", ")
	}
	text := strings.Join(c.Recipients, ", ")
	if text == "" {
		text = "nobody named"
	}
	text += ": " + allowed(c.Domains, c.Pseudonyms) + "; "
	if c.Language != "" {
		text += "in " + c.Language + ", "
	}
	return text + attached
}

// copyLine is copyStatus.String of a copy, for a reader.
func copyLine(c config.Copy) string { return copyOf(c).String() }

// allowed says what recipients may know.
func allowed(domains []string, pseudonyms bool) string {
	text := "everything"
	if len(domains) > 0 {
		text = "only " + strings.Join(domains, ", ")
	}
	if pseudonyms {
		text += ", with pseudonyms"
	}
	return text
}

// several says whether copies are worth telling apart.
func several(copies []config.Copy) bool {
	return len(copies) > 1 || len(copies) == 1 && !copies[0].IsWhole()
}

// sayCopies tells who gets what, if not all get the whole report alike.
func (p *program) sayCopies(copies []config.Copy) {
	if !several(copies) {
		return
	}
	for _, c := range copies {
		fmt.Fprintln(p.out, "  "+copyLine(c))
	}
}

// sayCopy tells which copy of an order's report is written as files, and which others there are.
func (p *program) sayCopy(o order) {
	if !several(o.copies) && o.copy.IsWhole() {
		return
	}
	fmt.Fprintln(p.out, "Copy of "+copyLine(o.copy))
	for _, c := range o.copies {
		if !c.Same(&o.copy) {
			fmt.Fprintf(p.out, "Another (--as %s): %s\n", c.Recipients[0], copyLine(c))
		}
	}
}

// copies tells what each copy of a report is, if they are worth telling apart.
func (f *findings) copies(r reportStatus) {
	if f.asJSON || !r.several {
		return
	}
	for _, c := range r.Copies {
		fmt.Fprintln(f.out, "    "+c.String())
	}
}

// linked looks for recipients who get more in one report than in another, or than a group of theirs says: it is an oversight, mostly, and where they get real names and
// pseudonyms, the figures tell them who is who.
func (f *findings) linked(c *config.Config) {
	for _, r := range c.Reports {
		for _, one := range r.Copies {
			for _, recipient := range one.Recipients {
				domains, pseudonyms := c.Narrowest(recipient)
				if pseudonyms && !one.Pseudonyms {
					f.note("keep pseudonyms in both", "reports: %s gets real names in %s and pseudonyms elsewhere, and can tell by the figures who is who", recipient, r.Name)
				}
				if len(domains) > 0 && len(one.Domains) == 0 {
					f.note("name the group with domains there, if it is to hold for this report", "reports: %s gets all sender domains in %s and elsewhere only %s", recipient, r.Name, strings.Join(domains, ", "))
				}
			}
		}
	}
}
