package report

import (
	"context"
	"errors"
	"iter"
)

type data struct{}

// Build reads source and gives the report that request asks for.
func Build(ctx context.Context, source Source, request Request) (*Report, error) {
	return nil, errors.New("not written yet")
}

// Senders gives the senders with messages in the range, most messages first, then by address.
func (r *Report) Senders() iter.Seq[Sender] { return func(func(Sender) bool) {} }

// Accounts gives the accounts with messages in the range, most messages first, then by name.
func (r *Report) Accounts() iter.Seq[Account] { return func(func(Account) bool) {} }

// Clients gives the SMTP AUTH clients with messages in the range, most messages first, then by their fields.
func (r *Report) Clients() iter.Seq[Client] { return func(func(Client) bool) {} }

// Histories gives the senders with messages in HistoryRange, most messages first, then by address.
func (r *Report) Histories() iter.Seq[SenderHistory] { return func(func(SenderHistory) bool) {} }
