package jobs

import (
	"context"
	"errors"
	"slices"

	"authreport/config"
	"authreport/maillog"
	"authreport/store"
)

// Forget removes all that the store has about people, each an address or an account as the log has it; see store.Store.Forget. With dry nothing is changed.
func Forget(ctx context.Context, c *config.Config, s *store.Store, names []string, dry bool) (store.Forgotten, error) {
	return s.Forget(ctx, names, store.ForgetOptions{DryRun: dry, Sessions: func(source string, state []byte, rename func(string) string) ([]byte, error) {
		i := slices.IndexFunc(c.Sources, func(s config.Source) bool { return s.Name == source })
		if i < 0 {
			return nil, errors.New("its source is not configured any more")
		}
		parser, err := NewParser(c.Sources[i])
		if err != nil {
			return nil, err
		}
		return maillog.RenameState(parser, state, rename)
	}})
}
