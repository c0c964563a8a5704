package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"authreport/config"
	"authreport/deliver"
	"authreport/jobs"
	"authreport/report"
	"authreport/store"
)

//go:embed watch.html.tmpl
var watchPage string

//go:embed watch.js
var watchScript string

//go:embed watch.css
var watchStyle string

// pollFiles is how often it is looked whether a file has changed: few files, on this machine.
const pollFiles = 250 * time.Millisecond

// watcher shows a report in a browser, and again whenever the configuration or its folder of templates changes.
type watcher struct {
	*program
	flags *requestFlags
	name  string // of the report; empty: the first that is configured
	token string // in the address: other users of this machine do not know it

	mutex    sync.Mutex // guards what follows
	config   *config.Config
	read     string // the configuration's stamp when it was read
	order    order
	report   *report.Report
	document *jobs.Document
	message  deliver.Message
	fault    error // why the last change could not be shown
	version  int
	changed  chan struct{} // closed when version grows
}

// watch serves the preview on this machine alone until ctx ends.
func (p *program) watch(ctx context.Context, flags *requestFlags, name string, port int) error {
	w := &watcher{program: p, flags: flags, name: name, token: rand.Text(), changed: make(chan struct{})}
	stamp := w.stamp()
	if err := w.make(ctx); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return fmt.Errorf("serve the preview: %w", err)
	}
	server := &http.Server{Handler: w.handler(), ReadHeaderTimeout: 10 * time.Second, BaseContext: func(net.Listener) context.Context { return ctx }}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	defer server.Close()
	fmt.Fprintf(p.out, "http://%s/%s/ shows %s, and again when %s changes. It ends with Ctrl+C.\n", listener.Addr(), w.token, w.order.settings.Name, w.watched())
	tick := time.NewTicker(pollFiles)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-served:
			return fmt.Errorf("serve the preview: %w", err)
		case <-tick.C:
			if now := w.stamp(); now != stamp {
				stamp = now
				w.again(ctx)
			}
		}
	}
}

// watched says what is looked at.
func (w *watcher) watched() string {
	if w.config.Looks == "" {
		return w.config.Path
	}
	return w.config.Path + " or " + w.config.Looks
}

// stamp is another one when the configuration or a file of the folder has changed.
func (w *watcher) stamp() string {
	w.mutex.Lock()
	c := w.config
	w.mutex.Unlock()
	stamp := stampOf(w.configPath)
	if c == nil || c.Looks == "" {
		return stamp
	}
	_ = filepath.WalkDir(c.Looks, func(path string, _ fs.DirEntry, err error) error { // what cannot be looked at is told when it is read
		if err == nil {
			stamp += "\n" + stampOf(path)
		}
		return nil
	})
	return stamp
}

func stampOf(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return path + " " + err.Error()
	}
	return fmt.Sprint(path, " ", info.Size(), " ", info.ModTime().UnixNano())
}

// again makes everything anew, and has the browser show it.
func (w *watcher) again(ctx context.Context) {
	err := w.make(ctx)
	if ctx.Err() != nil {
		return
	}
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if w.fault = err; err != nil {
		fmt.Fprintln(w.err, "authreport: "+strings.ReplaceAll(err.Error(), "\n", "\nauthreport: "))
	}
	w.version++
	close(w.changed)
	w.changed = make(chan struct{})
}

// make makes the report's mail and page. The figures stay as they are while the configuration does.
func (w *watcher) make(ctx context.Context) error {
	read := stampOf(w.configPath)
	c, err := w.load()
	if err != nil {
		return err
	}
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if w.report != nil && read == w.read {
		again := *w.report
		again.Request.Look = c.Templates
		readers := w.document.Readers
		w.document = jobs.NewDocument(&again)
		w.document.Readers = readers
	} else if err := w.build(ctx, c); err != nil {
		return err
	}
	w.config, w.read = c, read
	w.message, err = w.sample(c, w.document, w.order)
	return err
}

// build reads the figures.
func (w *watcher) build(ctx context.Context, c *config.Config) error {
	flags := *w.flags
	var err error
	if flags.name, err = previewed(c, w.name); err != nil {
		return err
	}
	o, err := flags.order(c, w.now())
	if err != nil {
		return err
	}
	s, err := store.Open(ctx, c.Store, store.Options{Zone: c.Zone, Now: w.now, ReadOnly: true})
	if errors.Is(err, os.ErrNotExist) {
		return hinted{err, "authreport --config " + w.configPath + " ingest, which reads the logs"}
	}
	if err != nil {
		return err
	}
	defer s.Close()
	document, r, err := o.document(ctx, w.program, c, s, o.copy)
	if err != nil {
		return err
	}
	w.order, w.document, w.report = o, document, r
	return nil
}

// handler serves the parts to whoever knows the address, by a name of this machine alone: another site's name that leads here is refused.
func (w *watcher) handler() http.Handler {
	parts := http.NewServeMux()
	for name, serve := range map[string]http.HandlerFunc{"{$}": w.serveFrame, "mail": w.serveMail, "text": w.serveText, "page": w.servePage, "events": w.serveEvents} {
		parts.HandleFunc("GET /"+w.token+"/"+name, serve)
	}
	return http.HandlerFunc(func(to http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			http.Error(to, "this is for this machine alone", http.StatusForbidden)
			return
		}
		h := to.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		parts.ServeHTTP(to, r)
	})
}

// serveFrame serves the page that has the others in it.
func (w *watcher) serveFrame(to http.ResponseWriter, _ *http.Request) {
	t, err := template.New("watch").Parse(watchPage)
	if err != nil {
		http.Error(to, err.Error(), http.StatusInternalServerError)
		return
	}
	hash := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	to.Header().Set("Content-Security-Policy", "default-src 'none'; script-src "+hash(watchScript)+"; style-src "+hash(watchStyle)+"; connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'")
	w.mutex.Lock()
	name := w.order.settings.Name
	w.mutex.Unlock()
	_ = t.Execute(to, struct { // whoever asked is gone
		Name   string
		Style  template.CSS
		Script template.JS
	}{name, template.CSS(watchStyle), template.JS(watchScript)})
}

// serveMail serves the mail's HTML with its pictures in it.
func (w *watcher) serveMail(to http.ResponseWriter, _ *http.Request) {
	w.mutex.Lock()
	html := w.message.HTML
	for _, f := range w.message.Inline {
		html = strings.ReplaceAll(html, "cid:"+url.PathEscape(f.ContentID), "data:"+f.ContentType+";base64,"+base64.StdEncoding.EncodeToString(f.Data))
	}
	w.mutex.Unlock()
	to.Header().Set("Content-Type", "text/html; charset=utf-8")
	to.Header().Set("Content-Security-Policy", "default-src 'none'; img-src data:; style-src 'unsafe-inline'")
	_, _ = to.Write([]byte(html))
}

func (w *watcher) serveText(to http.ResponseWriter, _ *http.Request) {
	w.mutex.Lock()
	text := "Subject: " + w.message.Subject + "\n\n" + w.message.Text
	w.mutex.Unlock()
	to.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = to.Write([]byte(text))
}

func (w *watcher) servePage(to http.ResponseWriter, _ *http.Request) {
	var b bytes.Buffer
	w.mutex.Lock()
	err := w.document.Write(&b, "html")
	w.mutex.Unlock()
	if err != nil {
		http.Error(to, err.Error(), http.StatusInternalServerError)
		return
	}
	to.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = to.Write(b.Bytes())
}

// watchState is what an event tells.
type watchState struct {
	Version int      `json:"version"`
	Words   string   `json:"words"` // what the folder replaces
	Faults  []string `json:"faults"`
}

// state gives how things stand, and what is closed when they change.
func (w *watcher) state() (watchState, <-chan struct{}) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	s := watchState{Version: w.version + 1, Faults: []string{}, Words: "No folder of templates is configured."}
	if w.fault != nil {
		s.Faults = append(s.Faults, strings.Split(w.fault.Error(), "\n")...)
	}
	if set := w.config.Templates; set != nil {
		s.Words = "The folder replaces: " + set.Words()
		for _, fault := range set.Faults {
			s.Faults = append(s.Faults, fault.String())
		}
	}
	return s, w.changed
}

// serveEvents tells each change (server-sent events, HTML Living Standard section 9.2).
func (w *watcher) serveEvents(to http.ResponseWriter, r *http.Request) {
	to.Header().Set("Content-Type", "text/event-stream")
	flusher := http.NewResponseController(to)
	for {
		state, changed := w.state()
		text, err := json.Marshal(state)
		if err == nil {
			_, err = fmt.Fprintf(to, "data: %s\n\n", text)
		}
		if err != nil || flusher.Flush() != nil {
			return
		}
		select {
		case <-changed:
		case <-r.Context().Done():
			return
		}
	}
}
