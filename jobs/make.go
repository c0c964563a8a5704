package jobs

import (
	"bytes"
	"encoding/gob"
	"errors"
	"fmt"

	"authreport/config"
	"authreport/deliver"
)

var errNotConfigured = errors.New("the report is not configured any more")

// report makes the report that is asked for and brings it to every recipient that is due. Its message is kept with the request: who gets it late gets the same
// as the others, whatever was counted meanwhile.
func (j *job) report() error {
	settings, configured := j.Config.Report(j.request.Report)
	if !configured {
		if !j.request.OneOff {
			return errNotConfigured
		}
		settings = config.Default(j.request.Report)
	}
	due, err := j.due()
	if err != nil {
		return err
	}
	var document *Document
	build := func() (err error) {
		if document != nil {
			return nil
		}
		built, err := Build(j.ctx, j.Config, j.Store, settings, j.request.Range, j.request.Domains, j.Now())
		if err == nil {
			document = NewDocument(built)
		}
		return err
	}
	var notes []string
	return j.deliver(due, func(step int) (m deliver.Message, last bool, err error) {
		if step > 0 {
			var note string
			settings, note, _ = smaller(settings)
			notes = []string{note}
		}
		_, _, more := smaller(settings)
		m, err = j.kept(step, func() (deliver.Message, error) {
			if err := build(); err != nil {
				return deliver.Message{}, err
			}
			return document.Message(settings, notes...)
		})
		return m, !more, err
	})
}

// kept gives the message of a step that was kept, or makes it and keeps it.
func (j *job) kept(step int, compose func() (deliver.Message, error)) (m deliver.Message, err error) {
	data, err := j.Store.KeptMessage(j.work, j.request.ID, step)
	if err != nil {
		return m, err
	}
	if data != nil && gob.NewDecoder(bytes.NewReader(data)).Decode(&m) == nil { // else an older version wrote it
		return m, nil
	}
	if m, err = compose(); err != nil {
		return m, err
	}
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(m); err != nil {
		return m, fmt.Errorf("encode the message of request %d: %w", j.request.ID, err)
	}
	return m, j.Store.KeepMessage(j.work, j.request, step, b.Bytes())
}
