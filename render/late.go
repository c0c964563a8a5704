package render

import (
	"strings"
	"time"

	"authreport/templates"
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

// LateNote is the sentences, in the language of that tag with the texts of a set (nil: as built in), of a mail that comes late: when it was due, on the clock of the zone that due is in, and why it comes only now. Reasons that it
// does not know are left out; of a language that there is not, all is.
func LateNote(set *templates.Set, tag string, due time.Time, why ...Lateness) string {
	l, err := inSet(set, tag)
	if err != nil {
		return ""
	}
	sentences := []string{l.text("late.due", "time", l.clock(due, due.Location()))}
	for _, reason := range why {
		if key := "late." + strings.ReplaceAll(string(reason), " ", "_"); l.catalogue.Has(key) {
			sentences = append(sentences, l.text(key))
		}
	}
	return strings.Join(sentences, " ")
}
