package jobs

import (
	"context"
	"time"

	"authreport"
	"authreport/config"
	"authreport/store"
)

// Prune takes from the store what is older than config.Config.KeepDays days, today included, and gives the number of rows.
func Prune(ctx context.Context, c *config.Config, s *store.Store, now time.Time) (rows int64, err error) {
	today := authreport.DayOf(now.In(c.Zone))
	return s.Prune(ctx, today-authreport.Day(c.KeepDays()-1))
}
