package authreport

import "time"

// RunKind is what a run of the program was to do. Its value serves as a key in documents: it never changes its meaning.
type RunKind string

// The kinds of runs that a report tells of when they fail.
const (
	ReportRun  RunKind = "report"  // make and deliver a report
	ReadingRun RunKind = "reading" // read the logs of a source
)

// FailedRun is something that the program was to do and could not.
type FailedRun struct {
	Kind  RunKind
	Name  string    // of the report or of the source
	Due   time.Time // when the report was due; zero for logs: it is of when they were last looked at
	Fault string    // what went wrong: "1 of 2 recipients refused"
}
