package render

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"slices"

	"authreport/report"
)

// JSONVersion is the version of the document that JSON writes. Fields may be added within one; another meaning or a missing field needs another.
const JSONVersion = 1

// JSON writes the whole report as one JSON document (RFC 8259), as docs/report.schema.json describes it, its few sentences in English. Names are as they were logged, with U+FFFD for what is not
// UTF-8: a program that shows them has to escape them. Long lists are written row by row.
func JSON(w io.Writer, r *report.Report) error {
	l, err := in(forPrograms)
	if err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	j := jsonWriter{w: bufio.NewWriterSize(w, 1<<16)}
	j.open()
	j.field("version", JSONVersion)
	j.field("generator", "authreport")
	j.field("report", jsonRequest(l, r))
	j.field("summary", jsonSummary(r.Summary))
	j.field("week", jsonSummary(r.Week))
	jsonList(&j, "domains", slices.Values(r.Domains), jsonDomain)
	jsonList(&j, "senders", r.Senders(), jsonSender)
	jsonList(&j, "accounts", r.Accounts(), jsonAccount)
	jsonList(&j, "clients", r.Clients(), jsonClient)
	j.field("unusual_counts", map[string]any{"alarms": r.UnusualCounts.Alarms, "notices": r.UnusualCounts.Notices, "accounts_with_alarms": r.UnusualCounts.AlarmAccounts, "days_judged": r.UnusualCounts.Judged})
	jsonList(&j, "unusual", slices.Values(r.Unusual), l.jsonUnusual)
	jsonList(&j, "dependences", slices.Values(r.Dependences), jsonDependence)
	jsonList(&j, "dependents", dependents(r, 0), jsonDependent)
	j.field("quality", jsonQuality(l, r))
	j.close()
	if j.err != nil {
		return fmt.Errorf("write JSON: %w", j.err)
	}
	return nil
}

// jsonWriter writes one object, a field a line.
type jsonWriter struct {
	w     *bufio.Writer
	comma bool
	err   error
}

func (j *jsonWriter) text(s string) {
	if j.err == nil {
		_, j.err = j.w.WriteString(s)
	}
}

func (j *jsonWriter) value(v any) {
	if j.err != nil {
		return
	}
	encoded, err := json.Marshal(v)
	if j.err = err; err == nil {
		_, j.err = j.w.Write(encoded)
	}
}

func (j *jsonWriter) open() { j.text("{") }

func (j *jsonWriter) name(name string) {
	if j.comma {
		j.text(",")
	}
	j.comma = true
	j.text("\n")
	j.value(name)
	j.text(": ")
}

func (j *jsonWriter) field(name string, v any) {
	j.name(name)
	j.value(v)
}

func (j *jsonWriter) close() {
	j.text("\n}\n")
	if j.err == nil {
		j.err = j.w.Flush()
	}
}

// jsonList writes a list, a row a line.
func jsonList[T any](j *jsonWriter, name string, rows iter.Seq[T], row func(T) any) {
	j.name(name)
	j.text("[")
	between := "\n"
	for one := range rows {
		j.text(between)
		j.value(row(one))
		if between = ",\n"; j.err != nil {
			return
		}
	}
	j.text("\n]")
}
