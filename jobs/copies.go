package jobs

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"authreport/config"
	"authreport/deliver"
	"authreport/render"
	"authreport/report"
	"authreport/store"
)

// delivered is a copy of a request's report with its deliveries.
type delivered struct {
	config.Copy
	all, due []store.Delivery
}

// copies gives the copies of the request's report. Those that differ in looks alone follow each other.
func (j *job) copies(settings config.Report) ([]delivered, error) {
	deliveries, err := j.Store.Deliveries(j.work, j.request.ID)
	if err != nil {
		return nil, err
	}
	due := j.due(deliveries)
	if err := j.abandon(chosen(due, func(d store.Delivery) bool { return !j.isNamed(settings, d) }), errNotNamed); err != nil {
		return nil, err
	}
	var recipients []string
	for _, d := range append(slices.Clone(due), deliveries...) {
		if !slices.Contains(recipients, d.Recipient) && j.isNamed(settings, d) {
			recipients = append(recipients, d.Recipient)
		}
	}
	var copies []delivered
	for _, one := range j.Config.Copies(settings, recipients) {
		its := func(d store.Delivery) bool { return slices.Contains(one.Recipients, d.Recipient) }
		copies = append(copies, delivered{one, chosen(deliveries, its), chosen(due, its)})
	}
	if j.request.Together() && len(copies) == 1 { // where the configuration has come to give them different copies, each gets a message of its own
		j.heads = &deliver.Heads{To: j.request.Recipients, Cc: j.request.Cc}
	}
	slices.SortStableFunc(copies, func(a, b delivered) int {
		first := func(c *delivered) int {
			return slices.IndexFunc(copies, func(other delivered) bool { return other.SameContent(&c.Copy) })
		}
		return cmp.Compare(first(&a), first(&b))
	})
	return copies, nil
}

var errNotNamed = errors.New("the configuration does not name this recipient any more")

// isNamed says whether a recipient is to have the report still: who is not named any more has no restriction left either.
func (j *job) isNamed(settings config.Report, d store.Delivery) bool {
	if j.request.AskedBy == store.AskedBySchedule {
		return settings.Names(d.Recipient)
	}
	return j.Config.MayAskFor([]string{d.Recipient}) == nil
}

// chosen gives those of some deliveries that a condition holds for.
func chosen(deliveries []store.Delivery, holds func(store.Delivery) bool) (some []store.Delivery) {
	for _, d := range deliveries {
		if holds(d) {
			some = append(some, d)
		}
	}
	return some
}

// readers says who gets what, if not all get everything.
func readers(copies []delivered) []render.Reader {
	var list []config.Copy
	for _, one := range copies {
		list = append(list, one.Copy)
	}
	return Readers(list)
}

// Readers says who gets what of some copies of a report, for those who may know everything; nil if all may.
func Readers(copies []config.Copy) (list []render.Reader) {
	if !slices.ContainsFunc(copies, func(c config.Copy) bool { return !c.IsWhole() }) {
		return nil
	}
	for i, one := range copies {
		if first := slices.IndexFunc(copies, func(other config.Copy) bool { return other.SameContent(&one) }); first < i {
			at := slices.IndexFunc(list, func(r render.Reader) bool { return r.Recipients[0] == copies[first].Recipients[0] })
			list[at].Recipients = append(list[at].Recipients, one.Recipients...)
			continue
		}
		list = append(list, render.Reader{Recipients: slices.Clone(one.Recipients), Domains: one.Domains, Pseudonyms: one.Pseudonyms})
	}
	return list
}

// copyMaker makes the copies of a request's report.
type copyMaker struct {
	*job
	settings config.Report
	readers  []render.Reader
	why      []render.Lateness

	built *report.Report // the latest, which is
	of    *config.Copy   // that copy's
	held  []store.Delivery
}

// bring makes a copy, unless its message was kept, and brings it to those of its recipients that are due.
func (m *copyMaker) bring(c *delivered) error {
	settings := c.Of(m.settings)
	var document *Document
	build := func() (err error) {
		if document == nil {
			document, err = m.document(&c.Copy)
		}
		return err
	}
	if condition := m.condition(settings); len(c.due) > 0 && condition != config.SendAlways && !begun(c.all) {
		if err := build(); errors.Is(err, config.ErrNoDomain) {
			return m.abandon(c.due, err)
		} else if err != nil {
			return err
		}
		if why := Withheld(condition, document.report.Standing()); why != "" {
			return m.withhold(c, why)
		}
	}
	if _, err := c.Within(m.request.Domains); err != nil {
		return m.abandon(c.due, err)
	}
	return m.deliver(c.due, func(limit sizeLimit) (_ deliver.Message, last bool, err error) {
		kept, err := m.kept(copyName(c.Copy, m.request.Domains), limit, func() (l letter, err error) {
			if err := build(); err != nil {
				return l, err
			}
			return m.letter(document, settings, limit)
		})
		if isLate(m.request.Started, m.Now()) {
			kept.Message.HTML, kept.Message.Text = kept.LateHTML, kept.LateText
		}
		return kept.Message, kept.Last, err
	})
}

// document builds a copy. One that has what the one before had is that in another form.
func (m *copyMaker) document(c *config.Copy) (*Document, error) {
	if m.built == nil || !m.of.SameContent(c) {
		m.built = nil // its memory is free before the next is made
		built, err := Build(m.ctx, m.Config, m.Store, m.settings, *c, m.request.Range, m.request.Domains, m.Now())
		if err != nil {
			return nil, err
		}
		m.built, m.of = built, c
	}
	r := *m.built
	r.Request.Language = cmp.Or(c.Language, m.Config.Language)
	document := NewDocument(&r)
	if c.IsWhole() && len(m.request.Domains) == 0 {
		document.Readers = m.readers
	}
	return document, nil
}

// letter composes the message of a document, for those who get it in time and late.
func (m *copyMaker) letter(document *Document, settings config.Report, limit sizeLimit) (l letter, err error) {
	if limit.bytes == 0 {
		limit.bytes = m.mail.MaxSize
	}
	draft, err := document.fit(settings, limit, m.lateNote(settings, m.why))
	if err != nil {
		return l, err
	}
	late, err := document.bare(settings, draft.Reduced, m.lateNote(settings, append(slices.Clip(m.why), render.Undelivered)))
	return letter{draft.Message, draft.Reduced.Plain, late.HTML, late.Text}, err
}

// copyName tells the messages of a request's copies apart. After a change of the configuration who gets something else gets another message than the one that was kept.
func copyName(c config.Copy, asked []string) string {
	c.Recipients = nil
	sum := sha256.Sum256(fmt.Appendf(nil, "%+v %q %q", c.Form, c.Domains, asked))
	name := hex.EncodeToString(sum[:8])
	if c.Pseudonyms {
		name += " pseudonyms"
	}
	return name
}

// withhold notes that a copy is not to be mailed.
func (m *copyMaker) withhold(c *delivered, why string) error {
	for _, d := range c.due {
		d.State, d.Reply, d.Updated = store.Withheld, why, m.Now()
		if err := m.Store.SetDelivery(m.work, m.request, d); err != nil {
			return err
		}
		m.held = append(m.held, d)
	}
	return nil
}

// abandon gives up deliveries of which nothing may be sent: the configuration allows less than when the report was asked for.
func (j *job) abandon(due []store.Delivery, fault error) error {
	for _, d := range due {
		if d.State == store.Waiting || d.State == store.Deferred {
			d.State = store.Abandoned
		} else {
			d.State, d.Repeats = store.Unanswered, d.Repeats-1 // due counts one that is not sent now
		}
		d.Reply, d.Next, d.Updated = fault.Error(), time.Time{}, j.Now()
		if err := j.Store.SetDelivery(j.work, j.request, d); err != nil {
			return err
		}
		j.tellOf(d)
	}
	return nil
}

func (j *job) tellOf(d store.Delivery) {
	if j.Progress != nil {
		j.Progress(*j.request, d)
	}
}

// allWithheld finds out whether the report is to be mailed to nobody; if it is, those whose copies were withheld now are told one by one.
func (m *copyMaker) allWithheld() error {
	deliveries, err := m.Store.Deliveries(m.work, m.request.ID)
	if err != nil {
		return err
	}
	if len(deliveries) > 0 && !slices.ContainsFunc(deliveries, func(d store.Delivery) bool { return d.State != store.Withheld }) {
		m.withheld = deliveries[0].Reply
		return nil
	}
	for _, d := range m.held {
		m.tellOf(d)
	}
	return nil
}
