package demo

import (
	"container/heap"
	"time"

	"authreport"
)

// Times of lines are microseconds since 1970 UTC: what an RFC 3339 stamp of rsyslog resolves.
const (
	millisecond int64 = 1000
	second            = 1000 * millisecond
	minute            = 60 * second
)

// line is one line of the log, with what a reader has to count once it has read it.
type line struct {
	at         int64
	order      int // lines of one instant stay in the order in which they were made
	text       string
	submission *authreport.Submission // what this line proves, if it does
	attempt    *authreport.Attempt
}

// timeline puts the lines of sessions that go on side by side into the order of time. It holds what is under way and no more.
type timeline struct {
	options *Options
	write   func(at time.Time, line []byte) error
	waiting lineHeap
	made    int
	written int
	until   int64 // lines from here on are not written: the log ends in the middle of things, as a log does
	stamp   []byte
	stamped int64 // the second that stamp shows
	zone    []byte
	buffer  []byte
}

func (t *timeline) add(l *line) {
	t.made++
	l.order = t.made
	heap.Push(&t.waiting, l)
}

// flush writes every line before the given time and tells what the lines prove.
func (t *timeline) flush(before int64) error {
	before = min(before, t.until)
	for len(t.waiting) > 0 && t.waiting[0].at < before {
		l := heap.Pop(&t.waiting).(*line)
		if err := t.write(time.UnixMicro(l.at), t.stampedLine(l)); err != nil {
			return err
		}
		t.written++
		if l.submission != nil && t.options.Submitted != nil {
			t.options.Submitted(*l.submission)
		}
		if l.attempt != nil && t.options.Failed != nil {
			t.options.Failed(*l.attempt)
		}
	}
	return nil
}

// stampedLine is the line with rsyslog's stamp, RFC 3339 with microseconds: Debian's default since version 12. Lines of one second share the text of it.
func (t *timeline) stampedLine(l *line) []byte {
	if s := l.at / second; s != t.stamped {
		at := time.Unix(s, 0).In(t.options.Zone)
		t.stamped, t.stamp, t.zone = s, at.AppendFormat(t.stamp[:0], "2006-01-02T15:04:05."), at.AppendFormat(t.zone[:0], "-07:00 ")
	}
	b := append(t.buffer[:0], t.stamp...)
	micros := l.at % second
	for digit := second / 10; digit > 0; digit /= 10 {
		b = append(b, byte('0'+micros/digit%10))
	}
	b = append(b, t.zone...)
	b = append(b, l.text...)
	t.buffer = append(b, '\n')
	return t.buffer
}

type lineHeap []*line

func (h lineHeap) Len() int { return len(h) }

func (h lineHeap) Less(i, j int) bool {
	return h[i].at < h[j].at || h[i].at == h[j].at && h[i].order < h[j].order
}

func (h lineHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

func (h *lineHeap) Push(x any) { *h = append(*h, x.(*line)) }

func (h *lineHeap) Pop() any {
	old := *h
	last := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return last
}
