package maillog

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// clockZones is where the random logs are written: with clock changes of an hour and of half an hour, in the north and the south.
var clockZones = []string{"UTC", "Europe/Amsterdam", "America/New_York", "America/St_Johns", "Pacific/Auckland", "Australia/Lord_Howe", "Asia/Kolkata"}

// TestClockFindsYears writes random logs over several years with stamps that lack year, zone or both, in files that rotate and grow, reads them with restarts, and finds every instant again.
func TestClockFindsYears(t *testing.T) {
	for _, name := range clockZones {
		zone := mustLoad(name)
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(30) {
				if err := readRandomLog(rand.New(rand.NewPCG(seed, 1)), zone); err != nil {
					t.Fatalf("seed %d: %v", seed, err)
				}
			}
		})
	}
}

// readRandomLog writes and reads a log.
func readRandomLog(r *rand.Rand, zone *time.Location) error {
	now := time.Date(2023, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(r.Int64N(int64(3 * 365 * 24 * time.Hour)))).Truncate(time.Second)
	var written []time.Time
	for range 300 {
		now = now.Add(randomPause(r, now, zone))
		written = append(written, now.Add(-time.Duration(r.IntN(6))*time.Second)) // lines are out of order by seconds
	}
	c := clock{location: zone}
	for i := 0; i < len(written); {
		// What is read in one go ends at a restart, at a rotation, or where the file ended so far; it was written at most hours ago.
		n := min(1+r.IntN(80), len(written)-i)
		if i == 0 { // a first stamp cannot be of a year before that of the file
			for written[n-1].Sub(written[0]) > 300*24*time.Hour {
				n--
			}
		}
		last := written[i]
		for _, at := range written[i : i+n] {
			if at.After(last) {
				last = at
			}
		}
		c.file(last.Add(time.Duration(r.IntN(8*3600)) * time.Second))
		for _, at := range written[i : i+n] {
			form := [...]string{"Jan _2 15:04:05 ", "Jan 02 15:04:05 ", "Jan 2 15:04:05 ", "Jan _2 15:04:05.000 ", "2006-01-02 15:04:05 ", "Mon 2006-01-02 15:04:05 MST "}[r.IntN(6)]
			stamp := at.In(zone).Format(form)
			_, ok := c.read([]byte(stamp + "mx1"))
			if s, n := parseStamp([]byte(stamp + "mx1")); !ok && n == len(stamp) {
				c.set(&s, 0)
				ok = true
			}
			if !ok || c.now != at.Unix() {
				return fmt.Errorf("%s read as %s, is %s", stamp, time.Unix(c.now, 0).UTC(), at.UTC())
			}
			if r.IntN(10) == 0 {
				restarted := clock{location: zone, modified: c.modified, fresh: true}
				restarted.restore(c.now, c.known)
				c = restarted
			}
		}
		i += n
	}
	return nil
}

// randomPause is how long a log is silent: seconds for the most part, at times days or months. Nothing is written after a long silence in an hour that comes twice, since
// nothing then tells which of the two it is.
func randomPause(r *rand.Rand, now time.Time, zone *time.Location) time.Duration {
	pause := time.Duration(r.IntN(30)) * time.Second
	switch r.IntN(12) {
	case 0:
		pause = time.Duration(r.IntN(600)) * time.Second
	case 1:
		pause = time.Duration(r.IntN(72*3600)) * time.Second
	case 2:
		pause = time.Duration(r.IntN(200*24*3600)) * time.Second
	case 3:
		if _, change := now.In(zone).ZoneBounds(); !change.IsZero() { // on to the next clock change
			pause = max(0, change.Sub(now)-time.Duration(r.IntN(3*3600))*time.Second)
		}
	}
	if pause > 10*time.Minute {
		for len(instants(now.Add(pause), zone)) > 1 || len(instants(now.Add(pause-6*time.Second), zone)) > 1 {
			pause += time.Hour
		}
	}
	return pause
}

// instants gives every instant that has the wall time of at in a zone, ascending.
func instants(at time.Time, zone *time.Location) []time.Time {
	var all []time.Time
	_, offset := at.In(zone).Zone()
	for seconds := -7200; seconds <= 7200; seconds += 900 {
		other := at.Add(time.Duration(seconds) * time.Second)
		if _, o := other.In(zone).Zone(); offset-o == seconds {
			all = append(all, other)
		}
	}
	return all
}

// TestClockModel compares the clock with a slow model of the rule that its comment states, on stamps that need not make sense one after the other.
func TestClockModel(t *testing.T) {
	for _, name := range clockZones {
		zone := mustLoad(name)
		for seed := range uint64(20) {
			r := rand.New(rand.NewPCG(seed, 2))
			c := clock{location: zone}
			var m clockModel
			at := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
			for i := range 60 {
				if i == 0 || r.IntN(15) == 0 {
					m.modified = at.Add(time.Duration(r.IntN(800*24)-400*24) * time.Hour)
					m.fresh = true
					c.file(m.modified)
				}
				at = at.Add(time.Duration(r.Int64N(int64([...]time.Duration{time.Minute, 3 * time.Hour, 40 * 24 * time.Hour, 2 * 365 * 24 * time.Hour}[r.IntN(4)]))))
				at = at.Add(-time.Duration(r.IntN(2)*r.IntN(80*24)) * time.Hour).Truncate(time.Second)
				if _, change := at.In(zone).ZoneBounds(); r.IntN(4) == 0 && !change.IsZero() {
					at = change.Add(time.Duration(r.IntN(4*3600)-2*3600) * time.Second)
				}
				stamp := at.In(zone).Format(time.Stamp)
				if r.IntN(40) == 0 {
					stamp = "Feb 29 12:34:56"
				}
				want := m.read(stamp, zone)
				if _, ok := c.read([]byte(stamp + " mx1")); !ok || c.now != want.Unix() {
					t.Fatalf("%s, seed %d, stamp %d: %s is %v, want %v (file %v)", name, seed, i, stamp, time.Unix(c.now, 0).UTC(), want.UTC(), m.modified)
				}
			}
		}
	}
}

// clockModel is the rule by trying every year.
type clockModel struct {
	modified time.Time
	fresh    bool
	now      time.Time
	known    bool
}

func (m *clockModel) read(stamp string, zone *time.Location) time.Time {
	const day = 24 * time.Hour
	var goesOn, latest time.Time
	older := m.fresh && m.known && m.now.After(m.modified.Add(day))
	limit := m.modified
	if m.known && !m.fresh && m.now.After(limit) {
		limit = m.now
	}
	for year := 1990; year < 2050; year++ {
		t, err := time.ParseInLocation("2006 "+time.Stamp, fmt.Sprint(year, " ", stamp), zone)
		if err != nil {
			continue // 29 February
		}
		if m.known {
			for _, other := range instants(t, zone) {
				if other.Sub(m.now).Abs() < t.Sub(m.now).Abs() {
					t = other
				}
			}
		}
		minute := t.Truncate(time.Minute)
		if m.known && !minute.Before(m.now.Add(-31*day)) && minute.Before(m.now.Add((365-31)*day)) {
			if !minute.After(m.modified.Add(day)) || !older && !minute.After(m.now.Add(90*day)) {
				goesOn = t
			}
		}
		if !minute.After(limit.Add(day)) {
			latest = t
		}
	}
	at := goesOn
	if at.IsZero() {
		at = latest
	}
	if goesOn.IsZero() && m.known && !older && latest.In(zone).Format("Jan 2") == "Feb 29" && latest.Truncate(time.Minute).Before(m.now.Add((31-365)*day)) {
		return m.read("Mar  1"+stamp[6:], zone) // a machine that takes a common year for a leap year
	}
	m.now, m.known, m.fresh = at, true, false
	return at
}
