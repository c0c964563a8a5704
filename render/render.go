// Package render shows a report.Report: as page, workbook, mail body and plain text, with its charts.
//
// It computes no figures of its own, has no words of its own (templates/languages has them) and reads no store; what it writes goes to deliver, to a file or to a browser.
// Every name that comes from a log is hostile text here: it passes through the helpers of format.go and the escaping of html/template, excelize or
// encoding/json, never into a format string, a script or a header as it is. A Report that is rendered twice gives the same bytes.
package render
