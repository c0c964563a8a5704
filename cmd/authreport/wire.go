package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"authreport/config"
	"authreport/deliver"
	"authreport/jobs"
	"authreport/maillog"
	"authreport/render"
	"authreport/report"
	"authreport/store"
	"authreport/templates"
)

// channels is every way to deliver, the first that the configuration names is taken. A new one needs a line here.
var channels = []struct {
	used func(config.Mail) bool
	open func(config.Mail) (deliver.Channel, error)
	name func(config.Mail) string // for the user
}{
	{
		used: func(m config.Mail) bool { return m.Host != "" },
		open: func(m config.Mail) (deliver.Channel, error) { return smtpChannel(m) },
		name: func(m config.Mail) string { return fmt.Sprintf("SMTP server %s port %d", m.Host, m.Port) },
	},
	{
		used: func(config.Mail) bool { return true },
		open: func(m config.Mail) (deliver.Channel, error) { return deliver.NewOutbox(m.Outbox), nil },
		name: func(m config.Mail) string { return "folder " + m.Outbox + " (mail.host is not set)" },
	},
}

// known is what the configuration has to know of the program.
func known() config.Known {
	return config.Known{
		Formats:   maillog.Formats(),
		Languages: templates.Languages(),
		Auth:      append([]string{deliver.AuthAuto, deliver.AuthNone}, deliver.Mechanisms()...),
		Unusual:   kinds(),
		Env:       os.LookupEnv,
	}
}

// kinds is the kinds of unusual activity, by their names in config.yaml.
func kinds() []string {
	var names []string
	for _, kind := range report.UnusualKinds() {
		names = append(names, string(kind))
	}
	return names
}

// load reads the configuration.
func (p *program) load() (*config.Config, error) {
	c, err := config.Load(p.configPath, known())
	var faults config.Faults
	if errors.Is(err, os.ErrNotExist) && !errors.As(err, &faults) {
		return nil, hinted{err, "authreport --config FILE, with a copy of the config.yaml that comes with authreport"}
	}
	if err == nil {
		c.Templates = render.Proven(templates.OpenSet(c.Looks))
	}
	return c, err
}

// open reads the configuration and opens its store, which is made if it does not exist.
func (p *program) open(ctx context.Context) (*config.Config, *store.Store, error) {
	return p.openAs(ctx, false)
}

// openToRead is open for commands that change nothing: the store must exist.
func (p *program) openToRead(ctx context.Context) (*config.Config, *store.Store, error) {
	return p.openAs(ctx, true)
}

func (p *program) openAs(ctx context.Context, readOnly bool) (*config.Config, *store.Store, error) {
	c, err := p.load()
	if err != nil {
		return nil, nil, err
	}
	s, err := store.Open(ctx, c.Store, store.Options{Zone: c.Zone, Now: p.now, ReadOnly: readOnly})
	if readOnly && errors.Is(err, os.ErrNotExist) {
		return nil, nil, hinted{err, "authreport --config " + p.configPath + " ingest, which reads the logs"}
	}
	if err != nil {
		return nil, nil, err
	}
	return c, s, nil
}

// channel gives the way to deliver and its name.
func channel(m config.Mail) (deliver.Channel, string, error) {
	for _, c := range channels {
		if c.used(m) {
			opened, err := c.open(m)
			return opened, c.name(m), err
		}
	}
	return nil, "", errors.New("no way to deliver")
}

func smtpChannel(m config.Mail) (*deliver.SMTP, error) {
	return deliver.NewSMTP(deliver.SMTPOptions{
		Host:         m.Host,
		Port:         m.Port,
		TLS:          m.TLS,
		CAFile:       m.CAFile,
		Auth:         m.Auth,
		Username:     m.Username,
		Password:     m.Password.Reveal,
		OAuth2:       tokens(m),
		Certificate:  deliver.KeyPair(m.Certificate),
		DKIM:         deliver.DKIM(m.DKIM),
		SMIME:        deliver.KeyPair(m.SMIME),
		EnvelopeFrom: m.EnvelopeFrom,
		HELO:         m.Hello,
		Timeout:      m.Timeout,
	})
}

// tokens gives the source of access tokens; nil if the configuration names none.
func tokens(m config.Mail) *deliver.OAuth2 {
	o := m.OAuth2
	if !o.IsSet() {
		return nil
	}
	options := deliver.OAuth2Options{
		TokenURL:         o.TokenURL,
		ClientID:         o.ClientID,
		InBody:           o.InBody,
		RefreshTokenFile: o.RefreshToken.File(),
		Scopes:           strings.Fields(o.Scope),
		CAFile:           m.CAFile,
		Timeout:          m.Timeout,
	}
	if o.ClientSecret.IsSet() {
		options.ClientSecret = o.ClientSecret.Reveal
	}
	return deliver.NewOAuth2(options)
}

// requester makes the part that does requests.
func (p *program) requester(c *config.Config, s *store.Store, progress func(store.Request, store.Delivery)) (*jobs.Requester, error) {
	way, _, err := channel(c.Mail)
	if err != nil {
		return nil, err
	}
	notices, _, err := channel(c.Notify.Mail)
	if err != nil {
		return nil, err
	}
	host, err := os.Hostname()
	if err != nil {
		return nil, err
	}
	return &jobs.Requester{
		Config:   c,
		Store:    s,
		Channel:  way,
		Notices:  notices,
		Now:      p.now,
		Wait:     p.wait,
		Lease:    p.lease,
		Owner:    fmt.Sprintf("%s %d", host, os.Getpid()),
		Host:     host,
		Progress: progress,
	}, nil
}

// logger writes to standard error as the configuration wants it.
func (p *program) logger(l config.Log) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(l.Level)); err != nil {
		level = slog.LevelInfo
	}
	options := &slog.HandlerOptions{Level: level}
	if l.Format == "json" {
		return slog.New(slog.NewJSONHandler(p.err, options))
	}
	return slog.New(slog.NewTextHandler(p.err, options))
}
