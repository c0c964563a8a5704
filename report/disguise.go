package report

import (
	"context"
	"iter"
	"net/netip"
	"time"

	"authreport"
)

// Pseudonyms gives what stands in place of real names, always the same for the same one.
type Pseudonyms interface {
	// Name is for an account or a sender address; authreport.NullSender, authreport.OtherAccount and the empty name stay as they are.
	Name(name string) string
	// Address is for a client address. Addresses of one network stay in one network, since what is unusual is judged by networks.
	Address(ip netip.Addr) netip.Addr
}

// disguise is a Source with pseudonyms in place of names: the report never sees the real ones.
type disguise struct {
	Source
	pseudonyms Pseudonyms
	report     string // name of the series
}

func (d disguise) Clients(ctx context.Context, days authreport.Range) iter.Seq2[authreport.KnownClient, error] {
	return only(d.Source.Clients(ctx, days), func(known *authreport.KnownClient) bool {
		c, same := &known.Client, known.Client.Account == known.Client.Sender
		isOwn := domainOf(c.Sender) == c.Domain // and not its source's
		c.Sender, c.IP = d.pseudonyms.Name(c.Sender), d.pseudonyms.Address(c.IP)
		if isOwn { // it may have been a client address
			c.Domain = domainOf(c.Sender)
		}
		if same {
			c.Account = c.Sender
		} else {
			c.Account = d.pseudonyms.Name(c.Account)
		}
		return true
	})
}

func (d disguise) Failures(ctx context.Context, days authreport.Range) iter.Seq2[authreport.FailureCount, error] {
	return only(d.Source.Failures(ctx, days), func(f *authreport.FailureCount) bool {
		f.Account, f.IP = d.pseudonyms.Name(f.Account), d.pseudonyms.Address(f.IP)
		return true
	})
}

// Lines gives them without examples, which have real names.
func (d disguise) Lines(ctx context.Context, days authreport.Range) iter.Seq2[authreport.Lines, error] {
	return only(d.Source.Lines(ctx, days), func(l *authreport.Lines) bool {
		l.Example = ""
		return true
	})
}

// FailedRuns gives them without what went wrong: a server's reply may have real names. Of reports it gives those of its own series: others' names are what somebody
// typed who asked for one.
func (d disguise) FailedRuns(ctx context.Context, from, to time.Time) iter.Seq2[authreport.FailedRun, error] {
	return only(d.Source.FailedRuns(ctx, from, to), func(run *authreport.FailedRun) bool {
		run.Fault = ""
		return run.Kind == authreport.ReadingRun || run.Name == d.report
	})
}
