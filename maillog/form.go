package maillog

// form is a form of framing.
type form uint8

const (
	usualForm form = iota // BSD or RFC 3339; the clock tells which
	formRFC5424
	formDated
	formBare
	formPrefixed
	formJournal
	formDocker
	formShipped
	formMailcow
)

// formWords names the forms for people.
var formWords = [...]string{
	formRFC5424:  "RFC 5424",
	formDated:    "stamps with a date",
	formBare:     "without the syslog daemon's stamps",
	formPrefixed: "container names in front",
	formJournal:  "journald's JSON",
	formDocker:   "Docker's JSON",
	formShipped:  "JSON with the line in \"message\"",
	formMailcow:  "mailcow's JSON",
}

// formName names the form of the line that was read last.
func (f *framing) formName() string {
	switch {
	case f.form != usualForm:
		return formWords[f.form]
	case f.clock.guessed:
		return "stamps without year"
	}
	return "RFC 3339 stamps"
}
