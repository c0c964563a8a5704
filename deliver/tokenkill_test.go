package deliver

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// refresher is what the process that is killed has to know, in variables of the environment.
var refresher = []string{"AUTHREPORT_TEST_REFRESH_URL", "AUTHREPORT_TEST_REFRESH_CA", "AUTHREPORT_TEST_REFRESH_FILE"}

// TestRefresher is the process that is killed: it asks for one token after the other.
func TestRefresher(t *testing.T) {
	if os.Getenv(refresher[0]) == "" {
		t.Skip("it is TestKilledRefresh's")
	}
	for {
		o := NewOAuth2(OAuth2Options{TokenURL: os.Getenv(refresher[0]), CAFile: os.Getenv(refresher[1]), RefreshTokenFile: os.Getenv(refresher[2]), ClientID: "client-1"})
		if _, _, err := o.Token(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// refresherProcess is a process that asks a token server, after some arguments before its own.
func refresherProcess(s *tokenServer, file string, before ...string) *exec.Cmd {
	arguments := append(before, os.Args[0], "-test.run=^TestRefresher$")
	process := exec.Command(arguments[0], arguments[1:]...)
	process.Env = append(os.Environ(), refresher[0]+"="+s.http.URL+"/token", refresher[1]+"="+s.caFile, refresher[2]+"="+file)
	return process
}

// Where the next token would not fit on the disk, none must be asked for.
func TestRefreshWithoutRoom(t *testing.T) {
	shell, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("it needs bash, for ulimit")
	}
	s := (&tokenServer{clientID: "client-1", lifetime: time.Hour}).start(t)
	file := s.file(t)
	out, err := refresherProcess(s, file, shell, "-c", `ulimit -f 8; exec "$@"`, "bash").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "a new one could not be kept, so none is asked for") || s.requests() != 0 {
		t.Errorf("%v after %d requests:\n%s", err, s.requests(), out)
	}
	if _, _, err := s.source(file).Token(t.Context()); err != nil {
		t.Error(err)
	}
}

// A process that is killed at any instant must leave a refresh token that is good, as long as the server takes the one before it until the next is used.
func TestKilledRefresh(t *testing.T) {
	if os.Getenv("AUTHREPORT_TEST_LONG") == "" {
		t.Skip("AUTHREPORT_TEST_LONG is not set (make test-long)")
	}
	const kills = 200
	s := (&tokenServer{clientID: "client-1", lifetime: time.Hour}).start(t)
	file := s.file(t)
	random := rand.New(rand.NewPCG(1, 2))
	leftovers := 0
	for i := range kills {
		before := s.requests()
		process := refresherProcess(s, file)
		if err := process.Start(); err != nil {
			t.Fatal(err)
		}
		for tick := time.NewTicker(time.Millisecond); s.requests() == before; {
			<-tick.C
		}
		<-time.After(time.Duration(random.IntN(20_000)) * time.Microsecond)
		if err := process.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = process.Wait()
		if left, _ := filepath.Glob(file + ".*"); len(left) > 0 {
			leftovers++
		}
		if _, _, err := s.source(file).Token(t.Context()); err != nil {
			t.Fatalf("after kill %d: %v", i+1, err)
		}
	}
	t.Logf("%d kills, %d of them between two steps, %d tokens", kills, leftovers, s.requests())
	if leftovers == 0 {
		t.Error("no kill came between two steps, so the test means nothing")
	}
}
