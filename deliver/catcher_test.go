package deliver

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A catcher must keep what the channel sends, byte by byte, in memory and in its folder.
func TestCatcher(t *testing.T) {
	for name, dir := range map[string]string{"memory": "", "folder": filepath.Join(t.TempDir(), "caught")} {
		t.Run(name, func(t *testing.T) {
			catcher, err := StartCatcher(dir)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = catcher.Close() }()
			channel, err := NewSMTP(SMTPOptions{Host: "127.0.0.1", Port: catcher.Port(), TLS: NoTLS})
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(catcher.Addr(), "127.0.0.1:") {
				t.Errorf("listens on %s", catcher.Addr())
			}
			messages := []Message{testMessage("alice@example.org"), testMessage("zoë@example.org")}
			messages[1].ID = "<2@example.org>"
			if results, err := deliverAll(t, channel, messages); err != nil || results[0].Err != nil || results[1].Err != nil {
				t.Fatalf("%v, %+v", err, results)
			}
			caught := catcher.Messages()
			if len(caught) != 2 || caught[0].From != "reports@example.org" || caught[1].To[0] != "zoë@example.org" {
				t.Fatalf("caught %d messages", len(caught))
			}
			_, leaves := parse(t, caught[0].Data)
			if leaves[3].Body != string(attachment) {
				t.Error("the attachment came out otherwise")
			}
			if dir == "" {
				return
			}
			if got, want := filepath.Base(caught[0].Path), "001-alice_example.org.eml"; got != want {
				t.Errorf("file is called %s, want %s", got, want)
			}
			if data, err := os.ReadFile(caught[0].Path); err != nil || string(data) != string(caught[0].Data) {
				t.Errorf("file differs from the message, %v", err)
			}
		})
	}
}
