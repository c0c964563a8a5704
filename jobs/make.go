package jobs

import (
	"bytes"
	"cmp"
	"encoding/gob"
	"errors"
	"fmt"

	"authreport/config"
	"authreport/deliver"
	"authreport/render"
)

var errNotConfigured = errors.New("the report is not configured any more")

// report makes the report that is asked for and brings to every recipient that is due its copy, or finds that it is to be withheld. Copies are made one after
// another: the memory of one is free when the next is made. Their messages are kept with the request: who gets it late gets the same figures as the others,
// whatever was counted meanwhile, and reads that it is late.
func (j *job) report() error {
	settings, configured := j.Config.Report(j.request.Report)
	if !configured {
		if !j.request.OneOff {
			return errNotConfigured
		}
		settings = config.Default(j.request.Report)
	}
	copies, err := j.copies(settings)
	if err != nil {
		return err
	}
	why, err := j.whyLate()
	if err != nil {
		return err
	}
	maker := &copyMaker{job: j, settings: settings, readers: readers(copies), why: why}
	for i := range copies {
		if j.away.Faults > 0 || j.ctx.Err() != nil {
			break
		}
		if err := maker.bring(&copies[i]); err != nil {
			return err
		}
	}
	return maker.allWithheld()
}

// whyLate says why the work on a request began late; nil if it did not.
func (j *job) whyLate() (why []render.Lateness, err error) {
	if isLate(j.request.Due, j.request.Created) {
		table, err := readTimetable(j.work, j.Store)
		if err != nil {
			return nil, err
		}
		why = append(why, table.why(j.request.Report, j.request.Due))
	}
	if isLate(j.request.Created, j.request.Started) {
		why = append(why, render.Busy)
	}
	return why, nil
}

// lateNote tells in the mail that it comes late for these reasons; nil for none.
func (j *job) lateNote(settings config.Report, why []render.Lateness) []string {
	if len(why) == 0 {
		return nil
	}
	zone := settings.Schedule.Zone()
	if zone == nil {
		zone = j.Config.Zone
	}
	return []string{render.LateNote(j.Config.Templates, cmp.Or(settings.Language, j.Config.Language), j.request.Due.In(zone), why...)}
}

// letter is the message of a report as it is kept: whole, and what it says instead where it reaches a recipient late.
type letter struct {
	Message            deliver.Message
	Last               bool // there is no smaller one
	LateHTML, LateText string
}

// kept gives the message of a copy that was kept for a limit, or makes it and keeps it.
func (j *job) kept(copy string, limit sizeLimit, compose func() (letter, error)) (l letter, err error) {
	data, err := j.Store.KeptMessage(j.work, j.request.ID, copy, limit.bytes)
	if err != nil {
		return l, err
	}
	if data != nil && gob.NewDecoder(bytes.NewReader(data)).Decode(&l) == nil { // else an older version wrote it
		return l, nil
	}
	if l, err = compose(); err != nil {
		return l, err
	}
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(l); err != nil {
		return l, fmt.Errorf("encode the message of request %d: %w", j.request.ID, err)
	}
	return l, j.Store.KeepMessage(j.work, j.request, copy, limit.bytes, b.Bytes())
}
