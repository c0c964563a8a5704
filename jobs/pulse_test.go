package jobs

import (
	"testing"
	"time"

	"authreport/config"
)

// TestStalled holds that a part that has not come round is found, but not one that has not begun, nor reading where there are no files to look at.
func TestStalled(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	d := &Daemon{Config: &config.Config{Sources: []config.Source{{Journal: []string{"postfix@-.service"}}}}, Now: func() time.Time { return now }}
	expect := func(want string) {
		t.Helper()
		if got := d.Stalled(5 * time.Minute); got != want {
			t.Errorf("stalled: %q, want %q", got, want)
		}
	}
	expect("")
	d.pulse.beat(beatSchedules, now)
	d.pulse.beat(beatTroubles, now)
	d.Reads()
	now = now.Add(6 * time.Minute)
	d.pulse.beat(beatSchedules, now)
	d.pulse.beat(beatTroubles, now)
	expect("")
	d.Config.Sources = append(d.Config.Sources, config.Source{Paths: []string{"/var/log/mail.log"}})
	expect(beatReading)
	d.Reads()
	expect("")
	now = now.Add(6 * time.Minute)
	d.Reads()
	expect(beatSchedules)
}
