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

// noFigure stands for a share of nothing.
const noFigure = "–"

// percent gives part of whole with one decimal: "12.3 %". "0 %" and "100 %" are said of exactly none and all of it, so a rare TLS version never vanishes
// by rounding ("<0.1 %", ">99.9 %"). A share of nothing is noFigure.
func (l *language) percent(part, whole int64) string {
	if whole == 0 {
		return noFigure
	}
	tenths := math.Round(float64(part) / float64(whole) * 1000)
	text := ""
	switch {
	case part == 0:
		text = l.number(0)
	case part == whole:
		text = l.number(100)
	case tenths < 1:
		text = "<" + l.tenth(1)
	case tenths > 999:
		text = ">" + l.tenth(999)
	default:
		text = l.tenth(int(tenths))
	}
	return l.text("form.percent", "n", text)
}

// change gives a figure's change against the period before: "+5.2 %", "−3.0 %", "±0.0 %" for less than that, "unchanged", "new" if there was none before, noFigure if there is none
// in either period.
func (l *language) change(f report.Figure) string {
	part, ok := f.Change()
	switch {
	case !ok && f.Value == 0:
		return noFigure
	case !ok:
		return l.text("trend.new")
	case part == 0:
		return l.text("trend.unchanged")
	case math.Abs(part) >= 10:
		return l.text("form.percent", "n", sign(part)+l.number(int64(math.Round(math.Abs(part)*100))))
	}
	return l.text("form.percent", "n", l.signed(part*100))
}

// points gives the change of a share, part of whole, against that of the period before, in percentage points: "+1.2 points". Where either period has
// no whole it is noFigure.
func (l *language) points(part, whole report.Figure) string {
	if whole.Value == 0 || whole.Before == 0 {
		return noFigure
	}
	p := (float64(part.Value)/float64(whole.Value) - float64(part.Before)/float64(whole.Before)) * 100
	if p == 0 {
		return l.text("trend.unchanged")
	}
	return l.text("form.points", "n", l.signed(p))
}

// signed gives a number that is not 0 with one decimal and its sign, ± where it is about nothing.
func (l *language) signed(n float64) string {
	size := math.Abs(n)
	if strconv.FormatFloat(size, 'f', 1, 64) == "0.0" {
		return "±" + l.decimal(0)
	}
	return sign(n) + l.decimal(size)
}

// sign is the sign of a number that is not 0; the minus is the typographic one, U+2212.
func sign(n float64) string {
	if n < 0 {
		return "−"
	}
	return "+"
}

// day gives a day in one of the catalogue's forms of days, such as "date".
func (l *language) day(form string, d authreport.Day) string {
	t := d.UTC()
	month, weekday := t.Month()-1, t.Weekday()
	return l.text("form."+form, "day", strconv.Itoa(t.Day()), "month", l.months[month], "month_cut", l.monthsCut[month], "year", t.Format("2006"),
		"weekday", l.days[weekday], "weekday_cut", l.daysCut[weekday])
}

// date gives a day as "24 Nov 2026".
func (l *language) date(d authreport.Day) string { return l.day("date", d) }

// weekdate gives a day with its weekday: "Tue 24 Nov 2026".
func (l *language) weekdate(d authreport.Day) string { return l.day("weekdate", d) }

// dates gives a range with what its ends share said once: "17 to 23 Nov 2026", "28 Oct to 3 Nov 2026", "24 Nov 2026" for one day.
func (l *language) dates(r authreport.Range) string {
	first, last := r.First.UTC(), r.Last.UTC()
	begin := l.day("day_of_month", r.First)
	switch {
	case r.First == r.Last:
		return l.date(r.Last)
	case first.Year() != last.Year():
		begin = l.date(r.First)
	case first.Month() != last.Month():
		begin = l.day("day_of_year", r.First)
	}
	return l.text("form.range", "first", begin, "last", l.date(r.Last))
}

// clock gives an instant in zone, which is not nil: "Mon 24 Nov 2026, 07:00 CET".
func (l *language) clock(t time.Time, zone *time.Location) string {
	t = t.In(zone)
	return l.text("form.clock", "date", l.weekdate(authreport.DayOf(t)), "time", t.Format("15:04"), "zone", t.Format("MST"))
}

// version gives the name of a TLS version; "none" and "unknown" are words.
func (l *language) version(v authreport.TLS) string {
	switch v {
	case authreport.TLSNone:
		return l.text("tls.none")
	case authreport.TLSUnknown:
		return l.text("tls.unknown")
	}
	return v.String()
}

// capital gives a text that begins a sentence its capital.
func capital(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}

// senderName gives an envelope sender as text to show; the null sender stays "<>".
func (l *language) senderName(address string, own bool) string {
	return l.marked(visible(address), own)
}

// accountName gives an account as text to show, also one that the server did not say, or that the reader is not to know.
func (l *language) accountName(name string, own bool) string {
	if name == authreport.OtherAccount {
		name = l.text("name.other_account")
	}
	return l.marked(l.loggedName(name), own)
}

// domainName gives a sender domain as text to show.
func (l *language) domainName(name string) string { return orElse(name, l.text("name.no_domain")) }

// loggedName gives a mechanism, cipher or server as text to show.
func (l *language) loggedName(name string) string { return orElse(name, l.text("name.not_logged")) }

// addressName gives a client address as text to show.
func (l *language) addressName(ip netip.Addr) string {
	if !ip.IsValid() {
		return l.text("name.no_address")
	}
	return visible(ip.String())
}

// marked says that a name is authreport's own.
func (l *language) marked(name string, own bool) string {
	if own {
		return l.text("name.own", "name", name)
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
