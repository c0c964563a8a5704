package render

import (
	"strings"
	"time"
)

// Lateness is why a report comes late. It is stored: its values never change their meaning.
type Lateness string

// The reasons. Several may hold.
const (
	Stopped     Lateness = "stopped"     // the program was not running when it was due
	Asleep      Lateness = "asleep"      // the machine slept then, or its clock was wrong
	HeldUp      Lateness = "held up"     // the program could not write down that it was due
	Busy        Lateness = "busy"        // it was due in time, and begun late: other work, or the program was stopped
	Undelivered Lateness = "undelivered" // it was begun in time, and could not be delivered
)

var lateness = map[Lateness]string{
	Stopped:     "authreport was not running at that time.",
	Asleep:      "The machine that authreport runs on slept at that time, or its clock was wrong.",
	HeldUp:      "authreport could not do its work at that time; its log says why.",
	Busy:        "authreport was stopped, or had other work, when it was to be made.",
	Undelivered: "It could not be delivered at first: the mail server did not take it, or authreport was stopped meanwhile.",
}

// LateNote is the sentences of a mail that comes late: when it was due, on the clock of the zone that due is in, and why it comes only now. Reasons that it
// does not know are left out.
func LateNote(due time.Time, why ...Lateness) string {
	sentences := []string{"This report was due on " + clock(due, due.Location()) + " and comes late."}
	for _, reason := range why {
		if text := lateness[reason]; text != "" {
			sentences = append(sentences, text)
		}
	}
	return strings.Join(sentences, " ")
}
