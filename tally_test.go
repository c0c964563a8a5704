package authreport

import (
	"math/rand/v2"
	"testing"
	"time"
)

// TestTallyCountsByDayOfItsZone holds that a submission counts on the calendar day and in the hour of the tally's zone, whatever zone its time is in.
func TestTallyCountsByDayOfItsZone(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	tally := NewTally(zone)
	client := Client{Account: "alice", Sender: "alice@example.org", TLS: TLS13}
	tally.Add(Submission{Time: time.Date(2026, 11, 23, 23, 30, 0, 0, time.UTC), Client: client, Recipients: 2}) // 00:30 on the 24th
	tally.Add(Submission{Time: time.Date(2026, 11, 24, 5, 59, 0, 0, time.UTC), Client: client, Recipients: 1})
	tally.AddMessages(Submission{Time: time.Date(2026, 11, 24, 23, 0, 0, 0, time.UTC), Client: client, Recipients: 7}, 3)
	want := map[Day]Count{
		NewDay(2026, 11, 24): {NewDay(2026, 11, 24), client, 2, 3, 1<<0 | 1<<6},
		NewDay(2026, 11, 25): {NewDay(2026, 11, 25), client, 3, 7, 1 << 0},
	}
	for count := range tally.Counts() {
		if count != want[count.Day] {
			t.Errorf("got %+v, want %+v", count, want[count.Day])
		}
		delete(want, count.Day)
	}
	if len(want) != 0 {
		t.Errorf("not counted: %v", want)
	}
}

// TestLinesMergeIsSum holds that figures of quality add up in any order.
func TestLinesMergeIsSum(t *testing.T) {
	at := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	parts := []Lines{
		{Read: 3, NotUnderstood: 1, Example: "x", First: at, Last: at.Add(time.Hour)},
		{Read: 2, Repeats: 1, GuessedYears: 2},
		{Read: 1, ClockSteps: 1, First: at.Add(-time.Hour), Last: at.Add(-time.Minute)},
	}
	want := Lines{Read: 6, NotUnderstood: 1, Example: "x", Repeats: 1, GuessedYears: 2, ClockSteps: 1, First: at.Add(-time.Hour), Last: at.Add(time.Hour)}
	for _, order := range [][]int{{0, 1, 2}, {2, 1, 0}, {1, 2, 0}} {
		var sum Lines
		for _, i := range order {
			sum.Merge(parts[i])
		}
		if sum != want {
			t.Errorf("in order %v: got %+v, want %+v", order, sum, want)
		}
	}
}

// TestHoursAreThoseOfTheZone holds that times in any order fall into the hour that their zone has, by clock changes of half an hour and in odd zones too.
func TestHoursAreThoseOfTheZone(t *testing.T) {
	for _, name := range []string{"Europe/Amsterdam", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Sao_Paulo"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		tally := NewTally(zone)
		random := rand.New(rand.NewPCG(1, 2))
		at := time.Date(2018, 9, 1, 0, 0, 0, 0, time.UTC)
		for range 20_000 { // a year in steps of at most an hour, at times back
			at = at.Add(time.Duration(random.IntN(3600)-600) * time.Second)
			local := at.In(zone)
			if hour := tally.at(at); hour.day != DayOf(local) || hour.mask != 1<<local.Hour() {
				t.Fatalf("%s: %v is in hours %06x of %v", name, local, hour.mask, hour.day)
			}
		}
	}
}
