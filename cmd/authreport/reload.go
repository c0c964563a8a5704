package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"
)

// Facts in the store by which the command reload and the daemon speak.
const (
	runtimeReload   = "reload"   // the latest question's number
	runtimeReloaded = "reloaded" // the latest answer, a reloadAnswer
)

// reloadAnswer is what became of a reload.
type reloadAnswer struct {
	ID    string `json:"id"`    // of the question
	Path  string `json:"path"`  // of the daemon's configuration
	Fault string `json:"fault"` // why it was refused; empty if it counts now
}

// reloadWithin is how long the command waits for the daemon's answer.
const reloadWithin = 30 * time.Second

func reloadCommand(p *program) *cobra.Command {
	return &cobra.Command{
		Use:   "reload",
		Short: "Have the running daemon read its configuration again",
		Long: `Has the daemon that works with this configuration's store read its config.yaml again, and says whether it goes on with it.

All of the new configuration counts, or, if anything in it is wrong, nothing. A report under way is finished by the old one. SIGHUP does the same.
The store and the timezone stay as they are until the daemon is started anew.`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error { return p.askReload(c.Context()) },
	}
}

// askReload asks the daemon for a reload and waits for its answer.
func (p *program) askReload(ctx context.Context) error {
	_, s, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	if unlock, free, err := s.LockIngest(); err != nil || free {
		if free {
			unlock()
			err = errors.New("no daemon works with this store, so there is none to read its configuration again")
		}
		return err
	}
	id := strconv.FormatInt(p.now().UnixNano(), 36) + "-" + strconv.Itoa(os.Getpid())
	if err := s.SetRuntime(ctx, runtimeReload, id); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, reloadWithin)
	defer cancel()
	for {
		var answer reloadAnswer
		text, err := s.Runtime(ctx, runtimeReloaded)
		if err == nil && text != "" {
			err = json.Unmarshal([]byte(text), &answer)
		}
		switch {
		case ctx.Err() != nil:
			return fmt.Errorf("the daemon has not answered within %v", reloadWithin)
		case err != nil:
			return err
		case answer.ID == id && answer.Fault != "":
			return fmt.Errorf("the daemon refuses the configuration and goes on with the one before:\n%s", answer.Fault)
		case answer.ID == id:
			fmt.Fprintf(p.out, "The daemon has read %s again.\n", answer.Path)
			return nil
		}
		pause(ctx, pollReload/10)
	}
}

// pause returns after d, or when ctx ends.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// asked gives the number of a question that has no answer yet; empty if there is none.
func (v *service) asked(ctx context.Context) string {
	id, err := v.store.Runtime(ctx, runtimeReload)
	if err != nil || id == "" {
		return ""
	}
	var answer reloadAnswer
	if text, err := v.store.Runtime(ctx, runtimeReloaded); err != nil || text != "" && json.Unmarshal([]byte(text), &answer) != nil || answer.ID == id {
		return ""
	}
	return id
}

// answer notes what became of a reload.
func (v *service) answer(ctx context.Context, id, path string, fault error) error {
	answer := reloadAnswer{ID: id, Path: path}
	if fault != nil {
		answer.Fault = fault.Error()
	}
	text, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	return v.store.SetRuntime(ctx, runtimeReloaded, string(text))
}
