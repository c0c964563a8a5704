package render

import (
	"net/netip"
	"time"

	"authreport"
	"authreport/report"
)

// The objects of the JSON document; docs/report.schema.json says what each field is.

type jsonRange struct {
	First string `json:"first"`
	Last  string `json:"last"`
}

func rangeOf(r authreport.Range) jsonRange { return jsonRange{r.First.String(), r.Last.String()} }

// jsonFigure is a figure with the period before; Before is absent where that was not wholly read.
type jsonFigure struct {
	Value  int64  `json:"value"`
	Before *int64 `json:"before,omitempty"`
}

func figureOf(f report.Figure, complete bool) jsonFigure {
	if !complete {
		return jsonFigure{Value: f.Value}
	}
	return jsonFigure{f.Value, &f.Before}
}

// jsonTLS is messages by TLS version; versions without any are left out.
func jsonTLS(counts authreport.TLSCounts) map[string]int64 {
	all := make(map[string]int64)
	for v, n := range counts {
		if n > 0 {
			all[authreport.TLS(v).String()] = n
		}
	}
	return all
}

func jsonAddress(ip netip.Addr) string {
	if !ip.IsValid() {
		return ""
	}
	return ip.String()
}

func jsonTime(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format(time.RFC3339)
}

func jsonRequest(l *language, r *report.Report) any {
	q := r.Request
	return struct {
		Name    string    `json:"name"`
		Title   string    `json:"title"`
		Range   jsonRange `json:"range"`
		Before  jsonRange `json:"before"`
		Zone    string    `json:"timezone"`
		Made    any       `json:"made"`
		Next    any       `json:"next"`
		Domains []string  `json:"domains"`
		Partial bool      `json:"partial"`

		Pseudonyms bool `json:"pseudonyms"`
	}{q.Name, l.title(r), rangeOf(q.Range), rangeOf(r.Summary.Before), q.Zone.String(), jsonTime(q.Now), jsonTime(q.Next), append([]string{}, q.Domains...), r.Quality.Partial, q.Pseudonyms != nil}
}

func jsonSummary(s report.Summary) any {
	figures := map[string]jsonFigure{}
	for name, f := range map[string]report.Figure{
		"accounts": s.Accounts, "senders": s.Senders, "messages": s.Messages, "recipients": s.Recipients, "client_addresses": s.Addresses, "legacy_tls": s.Legacy,
		"legacy_tls_accounts": s.LegacyAccounts, "no_tls": s.NoTLS, "basic_mechanisms": s.Basic, "failed_attempts": s.Failures,
	} {
		figures[name] = figureOf(f, s.BeforeComplete)
	}
	type day struct {
		Day      string           `json:"day"`
		Messages int64            `json:"messages"`
		Accounts int64            `json:"accounts"`
		TLS      map[string]int64 `json:"tls"`
		HasLines bool             `json:"has_lines"`
	}
	days := []day{}
	for _, d := range s.Days {
		days = append(days, day{d.Day.String(), d.Messages, d.Accounts, jsonTLS(d.TLS), d.HasLines})
	}
	return struct {
		Range          jsonRange             `json:"range"`
		Before         jsonRange             `json:"before"`
		BeforeComplete bool                  `json:"before_complete"`
		Figures        map[string]jsonFigure `json:"figures"`
		TLS            map[string]int64      `json:"tls"`
		Days           []day                 `json:"days"`
	}{rangeOf(s.Range), rangeOf(s.Before), s.BeforeComplete, figures, jsonTLS(s.TLS), days}
}

func jsonDomain(d report.Domain) any {
	return struct {
		Domain   string           `json:"domain"`
		Messages int64            `json:"messages"`
		Before   int64            `json:"messages_before"`
		Senders  int64            `json:"senders"`
		Accounts int64            `json:"accounts"`
		TLS      map[string]int64 `json:"tls"`
		Days     []int64          `json:"days"`
	}{d.Name, d.Messages.Value, d.Messages.Before, d.Senders, d.Accounts, jsonTLS(d.TLS), append([]int64{}, d.Days...)}
}

func jsonSender(s report.Sender) any {
	return struct {
		Address    string           `json:"address"`
		Domain     string           `json:"domain"`
		Messages   int64            `json:"messages"`
		Before     int64            `json:"messages_before"`
		Recipients int64            `json:"recipients"`
		TLS        map[string]int64 `json:"tls"`
		Accounts   int64            `json:"accounts"`
		Addresses  int64            `json:"client_addresses"`
		First      string           `json:"first_seen"`
		Last       string           `json:"last_seen"`
		Own        bool             `json:"own"`
	}{s.Address, s.Domain, s.Messages.Value, s.Messages.Before, s.Recipients, jsonTLS(s.TLS), s.Accounts, s.Addresses, s.First.String(), s.Last.String(), s.Own}
}

func jsonAccount(a report.Account) any {
	return struct {
		Account    string           `json:"account"`
		Messages   int64            `json:"messages"`
		Before     int64            `json:"messages_before"`
		Recipients int64            `json:"recipients"`
		TLS        map[string]int64 `json:"tls"`
		Basic      int64            `json:"basic_mechanisms"`
		OAuth      int64            `json:"oauth_mechanisms"`
		Senders    int64            `json:"senders"`
		Addresses  int64            `json:"client_addresses"`
		Failures   int64            `json:"failed_attempts"`
		First      string           `json:"first_seen"`
		Last       string           `json:"last_seen"`
		Own        bool             `json:"own"`
	}{a.Name, a.Messages.Value, a.Messages.Before, a.Recipients, jsonTLS(a.TLS), a.Basic, a.OAuth, a.Senders, a.Addresses, a.Failures, a.First.String(), a.Last.String(), a.Own}
}

func jsonClient(c report.Client) any {
	return struct {
		Server     string `json:"server"`
		Account    string `json:"account"`
		Sender     string `json:"sender"`
		Domain     string `json:"domain"`
		IP         string `json:"client_ip"`
		TLS        string `json:"tls"`
		Cipher     string `json:"cipher"`
		Mechanism  string `json:"mechanism"`
		Messages   int64  `json:"messages"`
		Recipients int64  `json:"recipients"`
		First      string `json:"first_seen"`
		Last       string `json:"last_seen"`
		Own        bool   `json:"own"`
	}{c.Server, c.Account, c.Sender, c.Domain, jsonAddress(c.IP), c.TLS.String(), c.Cipher, c.Mechanism, c.Messages, c.Recipients, c.First.String(), c.Last.String(), c.Own}
}

func (l *language) jsonUnusual(u report.Unusual) any {
	return struct {
		Grade    string   `json:"grade"`
		Kind     string   `json:"kind"`
		Account  string   `json:"account"`
		First    string   `json:"first_day"`
		Last     string   `json:"last_day"`
		Messages int64    `json:"messages"`
		Value    int64    `json:"value"`
		Usual    int64    `json:"usual"`
		Limit    int64    `json:"limit"`
		Names    []string `json:"names"`
		More     int      `json:"more_names"`
		Reason   string   `json:"reason"`
	}{string(u.Grade), string(u.Kind), u.Account, u.First.String(), u.Last.String(), u.Messages, u.Value, u.Usual, u.Limit, append([]string{}, u.Names...), u.More, l.unusualReason(u)}
}

func jsonDependence(d report.Dependence) any {
	type day struct {
		Day      string `json:"day"`
		Messages int64  `json:"messages"`
		Accounts int64  `json:"accounts"`
	}
	days := []day{}
	for _, one := range d.Days {
		days = append(days, day{one.Day.String(), one.Messages, one.Accounts})
	}
	return struct {
		Kind           string `json:"kind"`
		Messages       int64  `json:"messages"`
		Before         int64  `json:"messages_before"`
		Accounts       int64  `json:"accounts"`
		AccountsBefore int64  `json:"accounts_before"`
		Days           []day  `json:"days"`
	}{string(d.Kind), d.Messages.Value, d.Messages.Before, d.Accounts.Value, d.Accounts.Before, days}
}

func jsonDependent(d dependent) any {
	addresses := []string{}
	for _, ip := range d.Addresses {
		addresses = append(addresses, jsonAddress(ip))
	}
	return struct {
		Kind       string           `json:"kind"`
		Account    string           `json:"account"`
		Messages   int64            `json:"messages"`
		All        int64            `json:"all_messages"`
		TLS        map[string]int64 `json:"tls"`
		Mechanisms []string         `json:"mechanisms"`
		Last       string           `json:"last_seen"`
		Addresses  []string         `json:"busiest_addresses"`
		Count      int              `json:"client_addresses"`
		Senders    int64            `json:"senders"`
	}{string(d.kind), d.Account, d.Messages, d.All, jsonTLS(d.TLS), append([]string{}, d.Mechanisms...), d.Last.String(), addresses, d.AddressCount, d.Senders}
}

func jsonQuality(l *language, r *report.Report) any {
	type source struct {
		Name          string `json:"name"`
		Days          int    `json:"days"`
		Read          int64  `json:"lines"`
		NotUnderstood int64  `json:"not_understood"`
		Example       string `json:"example"`
		Repeats       int64  `json:"repeats"`
		GuessedYears  int64  `json:"guessed_years"`
		ClockSteps    int64  `json:"clock_steps"`
		First         any    `json:"first"`
		Last          any    `json:"last"`
	}
	type gap struct {
		Gap     string   `json:"gap"`
		Count   int64    `json:"count"`
		Sources []string `json:"sources"`
		Missing string   `json:"missing"`
		Remedy  string   `json:"remedy"`
	}
	type run struct {
		Kind  authreport.RunKind `json:"kind"`
		Name  string             `json:"name"`
		Due   any                `json:"due"`
		Fault string             `json:"fault"`
	}
	q := r.Quality
	sources, gaps, silent, runs := []source{}, []gap{}, []string{}, []run{}
	for _, f := range q.FailedRuns {
		runs = append(runs, run{f.Kind, f.Name, jsonTime(f.Due), f.Fault})
	}
	for _, s := range q.Sources {
		sources = append(sources, source{s.Source, s.Days, s.Read, s.NotUnderstood, s.Example, s.Repeats, s.GuessedYears, s.ClockSteps, jsonTime(s.First), jsonTime(s.Last)})
	}
	for _, g := range q.Gaps {
		gaps = append(gaps, gap{string(g.Gap), g.Count, g.Sources, g.Missing, g.Remedy})
	}
	for _, day := range q.DaysWithoutLines {
		silent = append(silent, day.String())
	}
	return struct {
		Partial    bool     `json:"partial"`
		Notice     string   `json:"notice"`
		UnknownTLS int64    `json:"unknown_tls"`
		Silent     []string `json:"days_without_lines"`
		Sources    []source `json:"sources"`
		Gaps       []gap    `json:"gaps"`
		Readings   int64    `json:"failed_readings"`
		Reports    int64    `json:"failed_reports"`
		Runs       []run    `json:"failed_runs"`
	}{q.Partial, l.partialNotice(r), q.UnknownTLS, silent, sources, gaps, q.FailedReadings, q.FailedReports, runs}
}
