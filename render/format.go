package render

import (
	"html/template"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"authreport"
	"authreport/report"
)

// What stands for a value that there is none of.
const (
	notLogged = "(not logged)"  // an account, mechanism or cipher that the server did not say
	noDomain  = "(no domain)"   // the domain of the null sender, and of names without one
	unknownIP = "(unknown)"     // a client address that the log does not have
	noFigure  = "–"             // a share of nothing
	ownMark   = " (authreport)" // follows the name of an account or sender that is authreport's own
)

// number gives n with a comma between thousands: "12,345".
func number(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if digits[0] == '-' {
		sign, digits = "−", digits[1:]
	}
	var b strings.Builder
	b.WriteString(sign)
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}

// counted gives a number with its noun: "1 message", "12,345 messages".
func counted(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return number(n) + " " + many
}

// percent gives part of whole with one decimal: "12.3 %". "0 %" and "100 %" are said of exactly none and all of it, so a rare TLS version never vanishes
// by rounding ("<0.1 %", ">99.9 %"). A share of nothing is noFigure.
func percent(part, whole int64) string {
	if whole == 0 {
		return noFigure
	}
	tenths := math.Round(float64(part) / float64(whole) * 1000)
	switch {
	case part == 0:
		return "0 %"
	case part == whole:
		return "100 %"
	case tenths < 1:
		return "<0.1 %"
	case tenths > 999:
		return ">99.9 %"
	}
	return strconv.FormatFloat(tenths/10, 'f', 1, 64) + " %"
}

// change gives a figure's change against the period before: "+5.2 %", "−3.0 %", "±0.0 %" for less than that, "unchanged", "new" if there was none before, noFigure if there is none
// in either period.
func change(f report.Figure) string {
	part, ok := f.Change()
	switch {
	case !ok && f.Value == 0:
		return noFigure
	case !ok:
		return "new"
	case part == 0:
		return "unchanged"
	case math.Abs(part) >= 10:
		return signed(part, number(int64(math.Round(math.Abs(part)*100)))) + " %"
	}
	return signed(part, strconv.FormatFloat(math.Abs(part)*100, 'f', 1, 64)) + " %"
}

// points gives the change of a share, part of whole, against that of the period before, in percentage points: "+1.2 points". Where either period has
// no whole it is noFigure.
func points(part, whole report.Figure) string {
	if whole.Value == 0 || whole.Before == 0 {
		return noFigure
	}
	p := (float64(part.Value)/float64(whole.Value) - float64(part.Before)/float64(whole.Before)) * 100
	if p == 0 {
		return "unchanged"
	}
	return signed(p, strconv.FormatFloat(math.Abs(p), 'f', 1, 64)) + " points"
}

// signed puts the sign of value before text, ± where text says it is about nothing; the minus is the typographic one, U+2212.
func signed(value float64, text string) string {
	switch {
	case text == "0.0":
		return "±" + text
	case value < 0:
		return "−" + text
	}
	return "+" + text
}

// date gives a day as "24 Nov 2026".
func date(d authreport.Day) string { return d.UTC().Format("2 Jan 2006") }

// weekdate gives a day with its weekday: "Tue 24 Nov 2026".
func weekdate(d authreport.Day) string { return d.UTC().Format("Mon 2 Jan 2006") }

// dates gives a range with what its ends share said once: "17 to 23 Nov 2026", "28 Oct to 3 Nov 2026", "24 Nov 2026" for one day.
func dates(r authreport.Range) string {
	first, last := r.First.UTC(), r.Last.UTC()
	switch {
	case r.First == r.Last:
		return date(r.Last)
	case first.Year() != last.Year():
		return date(r.First) + " to " + date(r.Last)
	case first.Month() != last.Month():
		return first.Format("2 Jan") + " to " + date(r.Last)
	}
	return first.Format("2") + " to " + date(r.Last)
}

// clock gives an instant in zone, which is not nil: "Mon 24 Nov 2026, 07:00 CET".
func clock(t time.Time, zone *time.Location) string {
	return t.In(zone).Format("Mon 2 Jan 2006, 15:04 MST")
}

// senderName gives an envelope sender as text to show; the null sender stays "<>".
func senderName(address string, own bool) string { return marked(visible(address), own) }

// accountName gives an account as text to show, notLogged if the server did not say.
func accountName(name string, own bool) string { return marked(orElse(name, notLogged), own) }

// domainName gives a sender domain as text to show.
func domainName(name string) string { return orElse(name, noDomain) }

// loggedName gives a mechanism, cipher or server as text to show.
func loggedName(name string) string { return orElse(name, notLogged) }

// addressName gives a client address as text to show.
func addressName(ip netip.Addr) string {
	if !ip.IsValid() {
		return unknownIP
	}
	return visible(ip.String())
}

func marked(name string, own bool) string {
	if own {
		return name + ownMark
	}
	return name
}

func orElse(name, missing string) string {
	if name == "" {
		return missing
	}
	return visible(name)
}

// visible writes out whatever in text would not be seen, or would make the text around it read otherwise: control characters, direction marks
// (Unicode's Bidi_Control), zero-width characters and bytes that are not UTF-8 become \n, \u202e, \xff. The rest stays as it is.
func visible(text string) string {
	clean := true
	for _, r := range text {
		if ' ' <= r && r <= '~' {
			continue
		}
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			clean = false
			break
		}
	}
	if clean {
		return text
	}
	var b strings.Builder
	for rest := text; rest != ""; {
		r, size := utf8.DecodeRuneInString(rest)
		switch {
		case r == utf8.RuneError && size == 1:
			b.WriteString(`\x` + strconv.FormatUint(uint64(rest[0]), 16))
		case r < 0x20 && r != '\n' && r != '\r' && r != '\t' || r == 0x7f:
			b.WriteString(`\x`)
			b.WriteString(strconv.FormatInt(int64(r)+0x100, 16)[1:])
		case !unicode.IsPrint(r):
			quoted := strconv.QuoteRuneToASCII(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		default:
			b.WriteRune(r)
		}
		rest = rest[size:]
	}
	return b.String()
}

// breakable gives a name as HTML that may be broken after its @, or one without after its dots: an address that is broken anywhere is hard to read.
func breakable(name string) template.HTML {
	mark := "."
	if strings.Contains(name, "@") {
		mark = "@"
	}
	return template.HTML(strings.ReplaceAll(template.HTMLEscapeString(name), mark, mark+"<wbr>"))
}

// shorten cuts text to at most length characters, at least 3, in its middle, where an address has least to say: "scanner-thi…@example.org".
func shorten(text string, length int) string {
	if utf8.RuneCountInString(text) <= length {
		return text
	}
	runes := []rune(text)
	tail := (length - 1) / 2
	return string(runes[:length-1-tail]) + "…" + string(runes[len(runes)-tail:])
}
