package render

import (
	"fmt"
	"strings"
	texttemplate "text/template"
	"time"

	"authreport"
	"authreport/templates"
)

// Notice is what failed for good, for those who can mend it: a report, or something beside reports, a Trouble. The texts in it are told as they are; what
// cannot be shown in them is left out.
type Notice struct {
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

// troubleWords is each trouble in words: what does not work, and what to do.
var troubleWords = map[Trouble]struct{ what, remedy string }{
	TroubleSource:        {"logs cannot be read", "Until they can be, their messages are missing in reports; once they can, what is still there is read."},
	TroubleReading:       {"what is read of the logs cannot be stored", "Until it can be, messages are missing in reports; nothing is lost as long as the logs are kept."},
	TroubleSchedules:     {"reports that are due cannot be scheduled", "Reports come late until this is mended; what was missed then is made up for as missed_runs says."},
	TroubleRequests:      {"reports cannot be made and delivered", "Reports come late until this is mended."},
	TroublePruning:       {"days past the retention cannot be removed", "The store grows until this is mended."},
	TroubleConfiguration: {"the new configuration is refused, and the one before it counts", "Mend it (authreport check names the faults), and have it read again (authreport reload)."},
	TroubleStore:         {"nothing can be written to the store", "Make room if the disk is full. Until then no log is read and no report is made; nothing is lost as long as the logs are kept."},
}

// Words says what does not work, in half a sentence; empty for what is no Trouble.
func (t Trouble) Words() string { return troubleWords[t].what }

// Mail gives the notice as a mail in plain text, for a screen 72 characters wide. Lines end with \n.
func (n Notice) Mail() (subject, text string, err error) {
	t, err := texttemplate.New("notice.txt.tmpl").Funcs(textFunctions).ParseFS(templates.FS, "mail/notice.txt.tmpl")
	if err != nil {
		return "", "", fmt.Errorf("render notice: %w", err)
	}
	var b strings.Builder
	if err := t.Execute(&b, n.model()); err != nil {
		return "", "", fmt.Errorf("render notice: %w", err)
	}
	return n.subject(), b.String(), nil
}

func (n Notice) subject() string {
	return shorten("authreport on "+visible(n.Host)+": "+n.what(), 200)
}

// what says in half a sentence what failed.
func (n Notice) what() string {
	if n.Report == "" {
		words := troubleWords[n.Trouble].what
		if n.Source != "" {
			words = "the source " + visible(n.Source) + ": " + words
		}
		return words
	}
	report := "the report " + visible(n.Report) + " of " + dates(n.Range)
	if len(n.Missed) < n.Recipients {
		return fmt.Sprintf("%s did not reach %d of %s", report, len(n.Missed), counted(int64(n.Recipients), "recipient", "recipients"))
	}
	return report + " reached nobody"
}

// noticeModel is the notice in words.
type noticeModel struct {
	What, Since, Due, Fault, Remedy, Program, Command, Config, Host string
	Missed                                                          []missedModel
}

type missedModel struct{ Recipient, Outcome, Advice string }

func (n Notice) model() noticeModel {
	m := noticeModel{Since: clock(n.Since, n.Zone), Fault: strings.TrimSuffix(visible(n.Fault), "."), Config: visible(n.Config), Host: visible(n.Host)}
	m.Program = "authreport --config " + shellWord(m.Config)
	what := n.what()
	m.What = strings.ToUpper(what[:1]) + what[1:] + "."
	if n.Report == "" {
		m.Remedy = troubleWords[n.Trouble].remedy
		return m
	}
	m.Due, m.Command = clock(n.Due, n.Zone), m.Program+n.arguments()
	for _, missed := range n.Missed {
		m.Missed = append(m.Missed, missedModel{visible(missed.Recipient), missed.outcome(), missed.advice()})
	}
	return m
}

// outcome says what became of a recipient.
func (m Missed) outcome() string {
	reply := visible(m.Reply)
	if m.Code != 0 {
		reply = strings.TrimSpace(fmt.Sprintf("%d %s", m.Code, reply))
	}
	text := "not delivered"
	switch {
	case m.Refused && m.Code != 0:
		text = "refused by the mail server"
	case m.Attempts > 0:
		text += " in " + counted(int64(m.Attempts), "attempt", "attempts")
	}
	if m.Unsure {
		text += ", though it may have arrived, since the server never said"
	}
	if reply != "" {
		text += ": " + reply
	}
	return text
}

// advice says what to do about a recipient; empty if the fault of the whole says it all.
func (m Missed) advice() string {
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
		return "The server does not take the login: look at username and password_file under mail."
	case m.TooLarge:
		return "The message is too large for the server even without attachments: ask who runs it to raise its limit."
	case m.Refused && is("5.2.2"):
		return "The mailbox is full: its owner has to make room."
	case m.Refused && is("5.1.7", "5.1.8", "5.7."):
		return "The server does not let authreport send this: ask who runs it, and look at from and envelope_from under mail."
	case m.Refused && m.Code != 0:
		return "Look whether the address is right, and correct it or take it out."
	case m.Refused:
		return "The message cannot be composed: look at the address."
	case m.Code != 0:
		return "The server put it off again and again: ask who runs it why."
	case m.Attempts > 0:
		return "The server could not be reached, or did not answer: look whether it runs, and at host, port and tls under mail."
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
