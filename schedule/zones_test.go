package schedule

import (
	"archive/zip"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// long gives n in the long suite, 1 otherwise.
func long(n int) int {
	if os.Getenv("AUTHREPORT_TEST_LONG") != "" {
		return n
	}
	return 1
}

// goZones gives every zone of the database that comes with Go, by name.
func goZones(t *testing.T) map[string]*time.Location {
	t.Helper()
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	archive, err := zip.OpenReader(filepath.Join(strings.TrimSpace(string(root)), "lib", "time", "zoneinfo.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	zones := map[string]*time.Location{}
	for _, file := range archive.File {
		if file.Mode().IsDir() {
			continue
		}
		r, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if zones[file.Name], err = time.LoadLocationFromTZData(file.Name, data); err != nil {
			t.Fatalf("%s: %v", file.Name, err)
		}
	}
	return zones
}

var firstYear, afterYears = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2029, 1, 1, 0, 0, 0, 0, time.UTC)

// changes gives a zone's clock changes from 2024 to 2028, found by looking at the clock again and again, and what tells them from other zones'.
func changes(zone *time.Location) (at []time.Time, kind string) {
	var b strings.Builder
	shown := offset(firstYear, zone)
	const step = 24 * time.Hour
	for t := firstYear; t.Before(afterYears); t = t.Add(step) {
		if offset(t, zone) == shown {
			continue
		}
		change := t.Add(-step)
		for offset(change, zone) == shown {
			change = change.Add(time.Minute)
		}
		fmt.Fprintln(&b, change.Unix(), shown, offset(change, zone))
		at, shown = append(at, change), offset(t, zone)
	}
	return at, b.String()
}

// around is schedules whose times clock changes can meet: those of reports, with hours near midnight and in the night, frequent ones, and days of our own.
var around = []string{
	"*/5 * * * *", "*/15 * * * *", "0 * * * *", "*/7 0-3 * * *", "0 0 * * *", "30 0 * * *", "0 1 * * *", "30 1 * * *", "15 2 * * *", "30 2,3 * * *",
	"59 23 * * *", "0 7 * * MON", "45 */2 L,1W,LW * *", "10 0-4 * * SUNL,FRI#1,5L",
}

// TestEveryClockChange holds the rule at every clock change from 2024 to 2028 of every zone that has one: the times of schedules are those of a model that walks
// through the days around it minute by minute. Of zones that change alike one is taken, and three of its changes; the long suite takes all, and walks through the
// five years of each kind.
func TestEveryClockChange(t *testing.T) {
	chance := rand.New(rand.NewPCG(rand.Uint64(), 0))
	zones, kinds, walked, times := goZones(t), map[string]bool{}, 0, 0
	for _, zone := range zones {
		at, kind := changes(zone)
		known := kinds[kind]
		if len(at) == 0 || known && long(2) == 1 {
			continue
		}
		kinds[kind] = true
		chance.Shuffle(len(at), func(i, j int) { at[i], at[j] = at[j], at[i] })
		for _, change := range at[:min(len(at), 3*long(100))] {
			days := clock(zone, change.AddDate(0, 0, -2), change.AddDate(0, 0, 2))
			walked++
			for _, text := range append(around[:len(around):len(around)], randomFields(chance)) {
				times += days.compare(t, text, chance)
			}
		}
		if !known && long(2) == 2 {
			years := clock(zone, firstYear, afterYears)
			for _, text := range around[1:] {
				times += years.compare(t, text, chance)
			}
		}
	}
	t.Logf("%d zones, %d kinds of changes, %d changes walked through, %d times compared", len(zones), len(kinds), walked, times)
	for _, odd := range []string{"Australia/Lord_Howe", "Africa/Cairo", "America/Asuncion", "Asia/Beirut", "Antarctica/Troll", "Africa/Casablanca", "Asia/Gaza"} {
		if _, kind := changes(zones[odd]); !kinds[kind] || kind == "" {
			t.Errorf("no change of %s was walked through", odd)
		}
	}
	if len(zones) < 400 || len(kinds) < 25 {
		t.Errorf("only %d zones, %d kinds of changes", len(zones), len(kinds))
	}
}

// TestEveryIsEven holds that intervals know no clock changes, and do not depend on when they are asked.
func TestEveryIsEven(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	for text, every := range map[string]time.Duration{
		"@every 15m": 15 * time.Minute, "@every 7h": 7 * time.Hour, "@every 1d": 24 * time.Hour, "@every 2w": 14 * 24 * time.Hour,
	} {
		s, err := Parse(text, zone)
		if err != nil {
			t.Fatal(err)
		}
		first := s.Next(firstYear)
		for at, end := first, first.AddDate(1, 0, 0); at.Before(end); at = at.Add(every) {
			asked := at.Add(time.Duration(rand.Int64N(int64(every))))
			if next := s.Next(asked); !next.Equal(at.Add(every)) {
				t.Fatalf("%q: after %v comes %v, want %v", text, asked, next, at.Add(every))
			}
		}
	}
}
