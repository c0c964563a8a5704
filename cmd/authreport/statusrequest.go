package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"authreport/config"
	"authreport/store"
)

// requestStatus is a request with what became of it, as JSON names it.
type requestStatus struct {
	ID         int64            `json:"id"`
	Report     string           `json:"report"`
	First      string           `json:"first,omitempty"` // none for a notice
	Last       string           `json:"last,omitempty"`
	Domains    []string         `json:"domains"`
	Recipients []string         `json:"recipients"`
	Cc         []string         `json:"cc"` // who get one message together with the recipients, as do those under bcc
	Bcc        []string         `json:"bcc"`
	AskedBy    string           `json:"asked_by"`
	Asked      time.Time        `json:"asked"`            // when
	Notice     *store.Notice    `json:"notice,omitempty"` // what it tells, if it is a notice
	Due        time.Time        `json:"due"`
	State      string           `json:"state"`
	NotSent    string           `json:"not_sent,omitempty"` // why nobody was to have it
	Fault      string           `json:"fault,omitempty"`
	Next       *time.Time       `json:"next,omitempty"` // next attempt
	Deliveries []deliveryStatus `json:"deliveries"`

	subject string
}

type deliveryStatus struct {
	Recipient string     `json:"recipient"`
	State     string     `json:"state"`
	Attempts  int        `json:"attempts"`
	Code      int        `json:"code,omitempty"` // of the SMTP reply
	Reply     string     `json:"reply,omitempty"`
	Next      *time.Time `json:"next,omitempty"` // next attempt
	Repeats   int        `json:"repeats,omitempty"`
	MessageID string     `json:"message_id"`

	text string
}

// requestStatus looks up what became of a request.
func (p *program) requestStatus(ctx context.Context, c *config.Config, s *store.Store, r store.Request) (one requestStatus, err error) {
	zone := c.Zone
	one = requestStatus{
		ID: r.ID, Report: r.Report, Domains: r.Domains, Recipients: r.Recipients, Cc: r.Cc, Bcc: r.Bcc, AskedBy: r.AskedBy, Asked: r.Created.In(zone), Notice: r.Notice,
		Due: r.Due.In(zone), State: string(r.State), NotSent: r.Withheld, Fault: r.Fault, Deliveries: []deliveryStatus{}, subject: subject(r),
	}
	if r.Notice == nil {
		one.First, one.Last, one.subject = r.Range.First.String(), r.Range.Last.String(), r.Report+", "+r.Range.String()
	}
	if r.State == store.Pending {
		one.Next = maybe(r.Next, zone)
	}
	deliveries, err := s.Deliveries(ctx, r.ID)
	for _, d := range deliveries {
		one.Deliveries = append(one.Deliveries, deliveryStatus{
			Recipient: d.Recipient, State: string(d.State), Attempts: d.Attempts, Code: d.Code, Reply: d.Reply, Next: maybe(d.Next, zone),
			Repeats: d.Repeats, MessageID: d.MessageID, text: outcome(d, zone),
		})
	}
	return one, err
}

func (r *requestStatus) write(b *strings.Builder) {
	fmt.Fprintf(b, "  %d %s, asked by %s, due %s: %s\n", r.ID, r.subject, r.AskedBy, r.Due.Format(timeForm), r.State)
	r.writeOutcome(b)
}

// writeOutcome tells what became of it.
func (r *requestStatus) writeOutcome(b *strings.Builder) {
	if r.NotSent != "" {
		fmt.Fprintf(b, "    not sent: %s\n", r.NotSent)
	}
	if r.Fault != "" {
		fmt.Fprintf(b, "    ✗ %s", r.Fault)
		if r.Next != nil {
			b.WriteString("; again at " + r.Next.Format(timeForm))
		}
		b.WriteString("\n")
	}
	for _, d := range r.Deliveries {
		fmt.Fprintf(b, "    %s: %s\n", d.Recipient, d.text)
	}
}
