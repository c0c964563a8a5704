package render

import (
	"fmt"
	"strings"
	"time"

	"authreport"
	"authreport/templates"
)

// Notice is what failed for good, for those who can mend it: a report, or something beside reports, a Trouble. The texts in it are told as they are; what
// cannot be shown in them is left out.
type Notice struct {
	Language string         // tag in which it is written; empty: English
	Look     *templates.Set // nil: as built in

	Host   string         // machine that authreport runs on
	Config string         // path of config.yaml
	Zone   *time.Location // in which times are told

	Report     string // series; empty: it is a trouble
	Range      authreport.Range
	Domains    []string // of the request; empty: all
	Due, Since time.Time
	Fault      string
	Recipients int      // how many were to have the report
	Missed     []Missed // those who have it not

	Trouble Trouble
	Source  string // of the logs that TroubleSource is about
}

// Missed is a recipient who did not get a report.
type Missed struct {
	Recipient string
	Refused   bool // by the server; else it was not delivered in time
	TooLarge  bool // even the smallest mail was refused for its size
	Unsure    bool // it may have arrived all the same: no reply came to it
	Attempts  int
	Code      int    // last SMTP reply code; 0: none
	Reply     string // its text, or what else went wrong
}

// Trouble is what goes wrong beside reports.
type Trouble string

// The troubles that there are.
const (
	TroubleSource    Trouble = "source"    // logs of a source cannot be read
	TroubleReading   Trouble = "reading"   // what is read cannot be stored
	TroubleSchedules Trouble = "schedules" // reports that are due cannot be written down
	TroubleRequests  Trouble = "requests"  // requests cannot be worked on
	TroublePruning   Trouble = "pruning"   // old days cannot be removed
	TroubleStore     Trouble = "store"     // nothing can be written to the store

	TroubleConfiguration Trouble = "configuration" // a new configuration was refused
)

// Words says in English what does not work, in half a sentence; empty for what is no Trouble.
func (t Trouble) Words() string {
	if l, err := in(forPrograms); err == nil && l.catalogue.Has(t.key("what")) {
		return l.text(t.key("what"))
	}
	return ""
}

func (t Trouble) key(part string) string { return "notice.trouble." + string(t) + "." + part }

// Mail gives the notice as a mail in plain text, for a screen 72 characters wide. Lines end with \n.
func (n Notice) Mail() (subject, text string, err error) {
	l, err := inSet(n.Look, n.Language)
	if err != nil {
		return "", "", fmt.Errorf("render notice: %w", err)
	}
	if text, err = l.noticeText(n); err != nil {
		return "", "", fmt.Errorf("render notice: %w", err)
	}
	return shorten(l.text("notice.subject", "host", visible(n.Host), "what", l.failed(n)), 200), text, nil
}

func (l *language) noticeText(n Notice) (string, error) {
	return l.plainText("mail/notice.txt.tmpl", nil, l.noticeModel(n))
}

// failed says in half a sentence what failed.
func (l *language) failed(n Notice) string {
	if n.Report == "" {
		words := l.text(n.Trouble.key("what"))
		if n.Source != "" {
			words = l.text("notice.of_source", "source", visible(n.Source), "what", words)
		}
		return words
	}
	missed, all := int64(len(n.Missed)), int64(n.Recipients)
	if missed < all {
		return l.text("notice.not_all", "report", visible(n.Report), "dates", l.dates(n.Range), "missed", l.number(missed), "recipients", l.counted("recipient", all))
	}
	return l.text("notice.nobody", "report", visible(n.Report), "dates", l.dates(n.Range))
}

// noticeModel is the notice in words.
type noticeModel struct {
	What, Since, Due, Fault, Remedy, Program, Command, Config, Host string
	Missed                                                          []missedModel
}

type missedModel struct{ Recipient, Outcome, Advice string }

func (l *language) noticeModel(n Notice) noticeModel {
	m := noticeModel{Since: l.clock(n.Since, n.Zone), Fault: strings.TrimSuffix(visible(n.Fault), "."), Config: visible(n.Config), Host: visible(n.Host)}
	m.Program = "authreport --config " + shellWord(m.Config)
	m.What = capital(l.failed(n)) + "."
	if n.Report == "" {
		m.Remedy = l.text(n.Trouble.key("remedy"))
		return m
	}
	m.Due, m.Command = l.clock(n.Due, n.Zone), m.Program+n.arguments()
	for _, missed := range n.Missed {
		m.Missed = append(m.Missed, missedModel{visible(missed.Recipient), l.outcome(missed), l.remedy(missed)})
	}
	return m
}

// outcome says what became of a recipient.
func (l *language) outcome(m Missed) string {
	reply := visible(m.Reply)
	if m.Code != 0 {
		reply = strings.TrimSpace(fmt.Sprintf("%d %s", m.Code, reply))
	}
	text := l.text("notice.missed.undelivered")
	switch {
	case m.Refused && m.Code != 0:
		text = l.text("notice.missed.refused")
	case m.Attempts > 0:
		text = l.text("notice.missed.attempts", "attempts", l.counted("attempt", int64(m.Attempts)))
	}
	if m.Unsure {
		text = l.text("notice.missed.unsure", "outcome", text)
	}
	if reply != "" {
		text += ": " + reply
	}
	return text
}

// remedy says what to do about a recipient; empty if the fault of the whole says it all.
func (l *language) remedy(m Missed) string {
	status, _, _ := strings.Cut(m.Reply, " ")
	is := func(codes ...string) bool {
		for _, code := range codes {
			if strings.HasPrefix(status, code) {
				return true
			}
		}
		return false
	}
	switch { // by the enhanced codes of RFC 3463 where the server gives them
	case m.Code == 530 || m.Code == 534 || m.Code == 535 || m.Code == 538:
		return l.text("notice.remedy.login")
	case m.TooLarge:
		return l.text("notice.remedy.too_large")
	case m.Refused && is("5.2.2"):
		return l.text("notice.remedy.full")
	case m.Refused && is("5.1.7", "5.1.8", "5.7."):
		return l.text("notice.remedy.not_allowed")
	case m.Refused && m.Code != 0:
		return l.text("notice.remedy.address")
	case m.Refused:
		return l.text("notice.remedy.compose")
	case m.Code != 0:
		return l.text("notice.remedy.put_off")
	case m.Attempts > 0:
		return l.text("notice.remedy.unreachable")
	}
	return ""
}

// arguments is what makes the program send the report to those who have it not, for a shell.
func (n Notice) arguments() (text string) {
	words := []string{"--request", n.Report, "--from", n.Range.First.String(), "--to", n.Range.Last.String()}
	for _, domain := range n.Domains {
		words = append(words, "--domain", domain)
	}
	for _, missed := range n.Missed {
		words = append(words, "--recipient", missed.Recipient)
	}
	for _, word := range words {
		text += " " + shellWord(visible(word))
	}
	return text
}

// shellWord quotes a word for a POSIX shell (POSIX.1-2024, Shell Command Language, section 2.2.2).
func shellWord(text string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("@%_+=:,./-", r)
	}
	if text != "" && strings.TrimFunc(text, plain) == "" {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
