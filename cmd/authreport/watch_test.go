package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// openPreview is a preview that is being watched.
type openPreview struct {
	*testing.T
	dir, address string
	events       *bufio.Scanner
}

// startWatch serves the preview of a report of one message.
func startWatch(t *testing.T) *openPreview {
	w := &openPreview{T: t, dir: t.TempDir()}
	w.write("config.yaml", "timezone: UTC\nsources: [{name: mail, format: postfix, paths: [mail.log]}]\ntemplates: {dir: look}\nreports: {weekly: {}}\n")
	w.write("mail.log", `2026-11-23T10:00:00+00:00 mx1 postfix/submission/smtpd[1]: connect from pc[192.0.2.1]
2026-11-23T10:00:01+00:00 mx1 postfix/submission/smtpd[1]: A1B2C3D4E5: client=pc[192.0.2.1], sasl_method=PLAIN, sasl_username=alice
2026-11-23T10:00:02+00:00 mx1 postfix/qmgr[2]: A1B2C3D4E5: from=<alice@example.org>, size=100, nrcpt=1 (queue active)
2026-11-23T10:00:03+00:00 mx1 postfix/submission/smtpd[1]: disconnect from pc[192.0.2.1] ehlo=1 auth=1 mail=1 rcpt=1 data=1 quit=1 commands=6
`)
	now := func() time.Time { return time.Date(2026, 11, 24, 7, 0, 0, 0, time.UTC) }
	config := []string{"--config", filepath.Join(w.dir, "config.yaml")}
	if status := (&program{out: io.Discard, err: t.Output(), now: now}).run(t.Context(), append(config, "ingest")); status != 0 {
		t.Fatalf("ingest ends with %d", status)
	}
	said, out := io.Pipe()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan int)
	go func() {
		ended <- (&program{out: out, err: t.Output(), now: now}).run(ctx, append(config, "preview", "--watch"))
		out.Close()
	}()
	t.Cleanup(func() {
		stop()
		if status := <-ended; status != 0 {
			t.Errorf("preview --watch ends with %d", status)
		}
	})
	line, err := bufio.NewReader(said).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	w.address, _, _ = strings.Cut(line, " ")
	reply, err := http.Get(w.address + "events")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { reply.Body.Close() })
	w.events = bufio.NewScanner(reply.Body)
	return w
}

func (w *openPreview) write(name, text string) {
	w.Helper()
	path := filepath.Join(w.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		w.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		w.Fatal(err)
	}
}

// get gives a part of the preview.
func (w *openPreview) get(part string) string {
	w.Helper()
	reply, err := http.Get(w.address + part)
	if err != nil {
		w.Fatal(err)
	}
	defer reply.Body.Close()
	text, err := io.ReadAll(reply.Body)
	if err != nil || reply.StatusCode != http.StatusOK {
		w.Fatalf("%s: %s, %v", part, reply.Status, err)
	}
	return string(text)
}

// until waits for the event that tells a text: one change may come as several, while its files are being written.
func (w *openPreview) until(want string) watchState {
	w.Helper()
	for w.events.Scan() {
		data, isData := strings.CutPrefix(w.events.Text(), "data: ")
		var state watchState
		if !isData {
			continue
		}
		if err := json.Unmarshal([]byte(data), &state); err != nil {
			w.Fatal(err)
		}
		if strings.Contains(state.Words+"\n"+strings.Join(state.Faults, "\n"), want) {
			return state
		}
	}
	w.Fatalf("no event tells %q: %v", want, w.events.Err())
	return watchState{}
}

// TestWatch edits the folder of templates and the configuration while the preview is open: it shows each change, and what is broken with its line.
func TestWatch(t *testing.T) {
	w := startWatch(t)
	first := w.until("no such file")
	if page := w.get("page"); !strings.Contains(page, `id="details"`) || !strings.Contains(w.get("mail"), "<h1") || !strings.Contains(w.get("text"), "Subject: ") {
		t.Error("not all parts are shown")
	}
	logo, err := os.ReadFile("../../docs/branding/logo.png")
	if err != nil {
		t.Fatal(err)
	}
	w.write("look/logo.png", string(logo))
	w.write("look/brand.yaml", "footer: Ours\nlogo: logo.png\n")
	if state := w.until("logo, footer"); len(state.Faults) > 0 || state.Version <= first.Version {
		t.Errorf("after the first change: %+v", state)
	}
	if mail := w.get("mail"); !strings.Contains(mail, "Ours") || !strings.Contains(mail, `src="data:image/png;base64,`) || strings.Contains(mail, "cid:") {
		t.Errorf("the mail is\n%s", mail)
	}
	w.write("look/brand.yaml", "footer: Theirs\ncolours:\n  accent: red\n")
	w.until("brand.yaml:3: colours.accent: must be a colour")
	if !strings.Contains(w.get("text"), "Theirs") {
		t.Error("what is not broken is not shown")
	}
	w.write("config.yaml", "timezone: Nowhere\n")
	w.until("config.yaml:1:")
	if !strings.Contains(w.get("text"), "Theirs") {
		t.Error("with a broken configuration nothing is shown")
	}
}

// TestWatchKeepsOthersOut holds that neither another site, nor whoever does not know the address, sees anything.
func TestWatchKeepsOthersOut(t *testing.T) {
	w := startWatch(t)
	for _, test := range []struct {
		host, path string
		want       int
	}{
		{"localhost:80", "mail", 200}, {"[::1]:80", "", 200}, {"evil.example:80", "mail", 403}, {"127.0.0.1.evil.example", "mail", 403},
		{"localhost", "../", 404}, {"localhost", "../mail", 404}, {"localhost", "../AAAAAAAAAAAAAAAAAAAAAAAAAA/mail", 404},
	} {
		r, err := http.NewRequest(http.MethodGet, w.address+test.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = test.host
		reply, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		reply.Body.Close()
		if reply.StatusCode != test.want {
			t.Errorf("%s at %s gives %d, want %d", test.path, test.host, reply.StatusCode, test.want)
		}
		if test.want == 200 && !strings.Contains(reply.Header.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s has the policy %q", test.path, reply.Header.Get("Content-Security-Policy"))
		}
	}
}
