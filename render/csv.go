package render

import (
	"encoding/csv"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/encoding/unicode"

	"authreport"
	"authreport/report"
)

// CSV writes the senders of the report with the columns of the sheets "Sending volume" and "TLS usage", in English (RFC 4180, UTF-8). Numbers are plain ("12345"), shares are
// parts of 1 ("0.125"), days as 2026-11-24. No cell can be taken for a formula, see csvText.
func CSV(w io.Writer, r *report.Report) error {
	l, err := in(forPrograms)
	if err != nil {
		return err
	}
	shown := shownVersions(r.Summary.TLS)
	columns := slices.Concat(whole(senderColumns, r.Summary), versionColumns(l, shown, func(s *report.Sender) *authreport.TLSCounts { return &s.TLS }))
	if err := writeCSV(csv.NewWriter(w), l, columns, r.Senders()); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	return nil
}

// microsoftColumns, which use no language, are the columns of the SMTP AUTH clients report that Microsoft 365 sends on request, in the order of its documentation.
var microsoftColumns = []column[report.ClientDay]{
	{Title: "date", Kind: textKind, Value: func(_ *language, c *report.ClientDay) any { return c.Day.String() }},
	{Title: "senderName", Kind: textKind, Value: func(_ *language, c *report.ClientDay) any { return c.Client.Sender }},
	{Title: "senderDomain", Kind: textKind, Value: func(_ *language, c *report.ClientDay) any { return c.Client.Domain }},
	{Title: "authMethod", Kind: textKind, Value: func(_ *language, c *report.ClientDay) any { return c.Client.Mechanism }},
	{Title: "original_client_ip", Kind: textKind, Value: func(_ *language, c *report.ClientDay) any {
		if !c.Client.IP.IsValid() {
			return ""
		}
		return c.Client.IP.String()
	}},
	{Title: "tls_version", Kind: textKind, Value: func(_ *language, c *report.ClientDay) any { return c.Client.TLS.String() }},
	{Title: "tls_cipher", Kind: textKind, Value: func(_ *language, c *report.ClientDay) any { return c.Client.Cipher }},
	{Title: "message_count", Kind: numberKind, Value: func(_ *language, c *report.ClientDay) any { return c.Messages }},
	{Title: "message_id", Kind: textKind, Value: func(*language, *report.ClientDay) any { return "" }},
}

// MicrosoftCSV writes a row for each day and client, with the columns of the report that Microsoft 365 sends on request, in UTF-16 with a byte order mark as it does.
// message_id is empty: counts keep no messages.
func MicrosoftCSV(w io.Writer, r *report.Report) error {
	encoded := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().Writer(w)
	if err := writeCSV(csv.NewWriter(encoded), nil, microsoftColumns, r.ClientDays()); err != nil {
		return fmt.Errorf("write CSV with Microsoft's columns: %w", err)
	}
	return nil
}

func writeCSV[T any](w *csv.Writer, l *language, columns []column[T], rows iter.Seq[T]) error {
	w.UseCRLF = true
	record := make([]string, len(columns))
	for i, c := range columns {
		record[i] = csvText(c.title(l))
	}
	if err := w.Write(record); err != nil {
		return err
	}
	for row := range rows {
		for i, c := range columns {
			record[i] = csvCell(c.Value(l, &row))
		}
		if err := w.Write(record); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

// csvCell gives a column's value as CSV has it.
func csvCell(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return csvText(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case authreport.Day:
		return v.String()
	case time.Time:
		return v.Format(time.RFC3339)
	}
	return csvText(fmt.Sprint(value))
}

// csvText makes a text safe for programs that take cells for formulas (CWE-1236): what begins as one gets an apostrophe before it, and what cannot be seen is
// written out, so that no line end is within a cell.
func csvText(text string) string {
	text = visible(text)
	if trimmed := strings.TrimLeft(text, " \u00a0'\""); trimmed != "" && strings.ContainsRune("=+-@|%\t\r\uff1d\uff0b\uff0d\uff20", []rune(trimmed)[0]) {
		return "'" + text
	}
	return text
}
