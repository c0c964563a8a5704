package jobs

import (
	"encoding/binary"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"authreport"
	"authreport/config"
	"authreport/pseudonym"
)

// figures gives what only these domains have: sums by sender, domain and domain's day, as every part writes them.
func (h *hosted) figures(of func(authreport.Client) bool) map[int64]bool {
	sums := map[string]int64{}
	for _, c := range h.submissions {
		if h.shown.Contains(c.Day) && of(c.Client) {
			sums["sender "+c.Client.Sender] += c.Messages
			sums["domain "+c.Client.Domain] += c.Messages
			sums[fmt.Sprint(c.Day, c.Client.Domain)] += c.Messages
			sums["account "+c.Client.Account] += c.Messages
			sums["all"] += c.Messages
			sums[fmt.Sprint(c.Day)] += c.Messages
		}
	}
	numbers := map[int64]bool{}
	for _, n := range sums {
		numbers[n] = true
	}
	return numbers
}

// numberForm is a large number as programs, English and Dutch readers have it.
var numberForm = regexp.MustCompile(`[0-9]{1,3}(?:[.,][0-9]{3})+|[0-9]{8,}`)

// numbersIn gives the large numbers that parts have, in words or packed in a page's columns, each with a part that has it.
func numbersIn(parts map[string]string) map[int64]string {
	numbers := map[int64]string{}
	for name, text := range parts {
		if strings.HasSuffix(name, "-data") {
			for at := range len(text) { // wherever a number may begin
				if n, size := binary.Uvarint([]byte(text[at:min(len(text), at+10)])); size > 3 {
					numbers[int64(n)] = name
				}
			}
			continue
		}
		for _, written := range numberForm.FindAllString(text, -1) {
			if n, err := strconv.ParseInt(strings.NewReplacer(",", "", ".", "").Replace(written), 10, 64); err == nil {
				numbers[n] = name
			}
		}
	}
	return numbers
}

// attachAll is a report with all that can be attached.
func attachAll(copies ...config.Copy) config.Report {
	r := config.Default("weekly")
	r.Language, r.Copies = "en", copies
	r.AttachCSV, r.AttachJSON, r.AttachMS = true, true, true
	for i := range r.Copies {
		c := &r.Copies[i]
		language := c.Language
		if c.Form = r.Form; language != "" {
			c.Language, c.AttachPage = language, "html"
		}
		r.Recipients = append(r.Recipients, c.Recipients...)
	}
	return r
}

// TestNothingLeaks holds that recipients who may know of some domains find nothing of any other in any part of their mail: no name, no address, no number. All of
// it is in the whole copy, or this test would find nothing at all.
func TestNothingLeaks(t *testing.T) {
	h := companyOf(1, 50)
	scopes := map[string][]string{"owner@d07.example": {"d07.example"}, "owner@d11.example": {"d11.example", "d12.example"}}
	mails := h.mailed(t, attachAll(config.Copy{Recipients: []string{"postmaster@provider.example"}},
		config.Copy{Recipients: []string{"owner@d07.example"}, Domains: scopes["owner@d07.example"]},
		config.Copy{Recipients: []string{"owner@d11.example"}, Domains: scopes["owner@d11.example"], Form: config.Form{Language: "nl"}}))
	whole := mails["postmaster@provider.example"]
	for recipient, domains := range scopes {
		parts := mails[recipient]
		if len(parts) < 20 || len(where(parts, "sales@"+domains[0])) < 6 || len(where(parts, authreport.OtherAccount))+len(where(parts, "(account van een ander domein)")) < 3 {
			t.Fatalf("%s has %d parts", recipient, len(parts))
		}
		inside := func(c authreport.Client) bool { return slices.Contains(domains, c.Domain) }
		var words []string
		for n := range 50 {
			if slices.Contains(domains, domainNamed(n)) {
				continue
			}
			words = append(words, domainNamed(n), fmt.Sprintf("person%02d", n), fmt.Sprintf("device%02d", n), "scan"+strconv.Itoa(n)+"@", fmt.Sprintf("172.31.%d.", n),
				fmt.Sprintf("2001:db8:%d::", n+1), fmt.Sprintf("203.0.%d.", n+10), fmt.Sprintf("172.30.%d.", n), fmt.Sprintf("172.29.%d.", n))
		}
		words = append(words, "zelda", "customer-d33", "for-d37", "hugo", "192.0.2.77", "reporter", "172.28.1.1", "what person", "was refused")
		for _, word := range words {
			if found := where(parts, word); found != nil {
				t.Errorf("%s reads %q in %q", recipient, word, found)
			}
			if where(whole, word) == nil {
				t.Errorf("%q is nowhere in the whole copy", word)
			}
		}
		own, told, all, checked := h.figures(inside), numbersIn(parts), numbersIn(whole), 0
		for _, of := range []func(authreport.Client) bool{func(c authreport.Client) bool { return !inside(c) }, func(authreport.Client) bool { return true }} {
			for n := range h.figures(of) {
				if part, found := told[n]; found && !own[n] {
					t.Errorf("%s reads the number %d in %q", recipient, n, part)
				}
				if _, known := all[n]; known {
					checked++
				}
			}
		}
		if checked < 500 {
			t.Errorf("only %d numbers are in the whole copy", checked)
		}
	}
	for _, told := range []string{"owner@d07.example: only d07.example", "owner@d11.example: only d11.example, d12.example"} {
		if where(whole, told) == nil {
			t.Errorf("the whole copy does not say %q", told)
		}
	}
}

// TestAScopeIsAWorld holds that a scoped copy is, to the last byte and the picture, what it would be if there were no other domain.
func TestAScopeIsAWorld(t *testing.T) {
	h := companyOf(2, 13)
	r := attachAll(config.Copy{Recipients: []string{"owner@d07.example"}, Domains: []string{"d07.example", "d08.example"}})
	among, alone := h.mailed(t, r)["owner@d07.example"], h.only("d07.example", "d08.example").mailed(t, r)["owner@d07.example"]
	if len(among) != len(alone) || len(among) < 20 {
		t.Errorf("%d parts among others, %d alone", len(among), len(alone))
	}
	for name, text := range among {
		if name != "headers" && text != alone[name] { // its Message-ID and boundaries are random
			t.Errorf("%s differs: %d bytes among others, %d alone", name, len(text), len(alone[name]))
		}
	}
}

// TestNoRealNames holds that a mail with pseudonyms has no real name and no client address anywhere, and that the whole copy has all of them.
func TestNoRealNames(t *testing.T) {
	h := companyOf(3, 13)
	mails := h.mailed(t, attachAll(config.Copy{Recipients: []string{"postmaster@provider.example"}},
		config.Copy{Recipients: []string{"audit@auditor.example"}, Pseudonyms: true}, config.Copy{Recipients: []string{"audit@d07.example"}, Pseudonyms: true, Domains: []string{"d07.example"}}))
	names, err := Pseudonyms(&config.Config{Pseudonyms: config.NewSecret(strings.Repeat("k", pseudonym.KeyLength))})
	if err != nil {
		t.Fatal(err)
	}
	for recipient, parts := range mails {
		delete(parts, "headers") // From and To are those of authreport and of the reader
		whole := recipient == "postmaster@provider.example"
		seen := map[string]bool{}
		for _, c := range h.submissions {
			for _, name := range []string{c.Client.Account, c.Client.Sender, c.Client.IP.String()} {
				if seen[name] {
					continue
				}
				seen[name] = true
				if found := where(parts, name); (found != nil) != whole {
					t.Errorf("%s reads %q in %q", recipient, name, found)
				}
				inside := strings.HasPrefix(recipient, "audit@auditor") || !whole && c.Client.Domain == "d07.example"
				if made := names.Name(name); name == c.Client.Sender && (where(parts, made) != nil) != inside {
					t.Errorf("%s reads the pseudonym %s of %s: %v", recipient, made, name, !inside)
				}
			}
		}
		for _, word := range []string{"person0", "device0", "sharedbox", "hugo", "for-d37", "was refused", "what person", "Customer d35"} {
			if found := where(parts, word); (found != nil) != whole {
				t.Errorf("%s reads %q in %q", recipient, word, found)
			}
		}
	}
}
