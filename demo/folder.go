package demo

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// ErrOccupied is what Open gives for a folder that holds something else than a demo.
var ErrOccupied = errors.New("holds files that no demo made")

// Zone is the time zone that the company lives in.
const Zone = "Europe/Brussels"

// marker is the file by which a demo's folder is known.
const marker = ".authreport-demo"

// made are the patterns of what a demo leaves in its folder; a new demo removes it.
var made = []string{marker, "config.yaml", "logs", "truth.csv", "authreport.db*", "outbox", "[0-9][0-9][0-9]-*.eml", "smtp-auth-clients-*"}

// Folder is the folder of a demo. Open makes it ready.
type Folder struct{ Dir string }

// Open makes dir ready for a demo: it is made if it is not there, and what an earlier demo left in it is removed. A folder that holds files and
// was not made by a demo is left as it is; the error is ErrOccupied.
func Open(dir string) (Folder, error) {
	f := Folder{Dir: dir}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return f, fmt.Errorf("look into folder %s: %w", dir, err)
	}
	_, err = os.Stat(f.path(marker))
	if len(entries) > 0 && err != nil {
		return f, fmt.Errorf("folder %s %w", dir, ErrOccupied)
	}
	if err := f.clear(); err != nil {
		return f, err
	}
	if err := os.MkdirAll(f.Logs(), 0o700); err != nil {
		return f, fmt.Errorf("make folder %s: %w", f.Logs(), err)
	}
	text := "This folder was made by `authreport demo`, which replaces what it left here when it is run again.\n"
	return f, f.write(marker, text)
}

// Config is the path of the demo's config.yaml.
func (f Folder) Config() string { return f.path("config.yaml") }

// Database is the path of the store that the demo's config.yaml names.
func (f Folder) Database() string { return f.path("authreport.db") }

// Logs is the folder of the logs.
func (f Folder) Logs() string { return f.path("logs") }

// Truth is the path of the counts that the generator knows: a CSV file like that of `authreport export counts`.
func (f Folder) Truth() string { return f.path("truth.csv") }

func (f Folder) path(name string) string { return filepath.Join(f.Dir, name) }

// clear removes what an earlier demo left.
func (f Folder) clear() error {
	for _, pattern := range made {
		paths, err := filepath.Glob(filepath.Join(globLiteral(f.Dir), pattern))
		if err != nil {
			return fmt.Errorf("find what an earlier demo left in %s: %w", f.Dir, err)
		}
		for _, path := range paths {
			if err := os.RemoveAll(path); err != nil {
				return fmt.Errorf("remove what an earlier demo left: %w", err)
			}
		}
	}
	return nil
}

// globLiteral is a path as a pattern that matches it alone.
func globLiteral(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

func (f Folder) write(name, text string) error {
	if err := os.WriteFile(f.path(name), []byte(text), 0o600); err != nil {
		return fmt.Errorf("write %s: %w", f.path(name), err)
	}
	return nil
}

// WriteConfig writes a config.yaml for the company: its logs, a store beside them, and a weekly report to its postmaster. No mail server is named
// in it, so finished mails go to an outbox in the folder.
func (f Folder) WriteConfig(c *Company) error {
	return f.write("config.yaml", fmt.Sprintf(configText, c.Name(), Zone, c.Host(), c.Domains()[0]))
}

const configText = `# The demo's company, %[1]s. Paths are relative to this file.
timezone: %[2]s
retention: 90d
store: sqlite:authreport.db

sources:
  - name: %[3]s
    format: postfix
    paths: [logs/mail.log*]
    default_domain: %[4]s

mail: # no host: finished mails go to the outbox
  from: authreport <authreport@%[4]s>
  outbox: outbox

recipients:
  admins: [postmaster@%[4]s]

reports:
  weekly: {schedule: "0 7 * * MON", period: last 7 days, recipients: [admins]}
  monthly: {schedule: "0 7 1 * *", period: last month, recipients: [admins]}
`
