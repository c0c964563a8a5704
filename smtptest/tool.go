package smtptest

import (
	"os"
	"os/exec"
	"testing"
)

// Tool gives the path of a program that is not ours; without it the test is skipped, or fails where everything must be tried.
func Tool(t testing.TB, debian string, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	missing(t, names[0]+" is not there: it needs Debian's package "+debian)
	return ""
}

func needRoot(t testing.TB) {
	t.Helper()
	if os.Geteuid() != 0 {
		missing(t, "a real mail server is not tried: it needs root to start it")
	}
}

func missing(t testing.TB, reason string) {
	t.Helper()
	if os.Getenv("CI") != "" || os.Getenv("AUTHREPORT_TEST_ALL") != "" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}
