package report

import "context"

// BuildJudging is Build that judges so many accounts at a time.
func BuildJudging(ctx context.Context, source Source, request Request, accounts int) (*Report, error) {
	return build(ctx, source, request, uint32(accounts))
}
