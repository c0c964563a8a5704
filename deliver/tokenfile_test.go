package deliver

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A refresh token that the server replaces must be in its file before the access token is used, for its owner alone, and be good for the next process.
func TestRefreshTokenIsReplaced(t *testing.T) {
	clock := newClock()
	s := (&tokenServer{clientID: "client-1", lifetime: time.Hour, now: clock.now}).start(t)
	file := s.file(t)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		source := s.source(link) // a process of its own
		for range 2 {
			if _, _, err := source.Token(t.Context()); err != nil {
				t.Fatalf("process %d: %v", i, err)
			}
			clock.move(2 * time.Hour)
		}
		data, err := os.ReadFile(file)
		if err != nil || string(data) != s.refresh+"\n" {
			t.Errorf("process %d: the file holds %.40q, %v, want %.40q", i, data, err, s.refresh)
		}
	}
	info, err := os.Lstat(link)
	if err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is a file now: %v, %v", info.Mode(), err)
	}
	if info, _ := os.Stat(file); info.Mode().Perm() != 0o600 {
		t.Errorf("mode %04o, want 0600", info.Mode().Perm())
	}
}

// Several processes, and several deliveries in each, must not use a refresh token twice.
func TestRefreshTokenIsShared(t *testing.T) {
	s := (&tokenServer{clientID: "client-1", secret: "s3cret"}).start(t)
	s.lifetime = early // each token is asked for anew
	file := s.file(t)
	var all sync.WaitGroup
	for range 3 {
		source := s.source(file)
		for range 3 {
			all.Go(func() {
				for range 4 {
					if _, _, err := source.Token(t.Context()); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
	all.Wait()
	if data, err := os.ReadFile(file); err != nil || string(data) != s.refresh+"\n" {
		t.Errorf("the file holds %.40q, %v, want %.40q", data, err, s.refresh)
	}
}

// What a process left as it died must be taken up if it is a token, and go if it is none; where a new token could not be kept, none must be asked for.
func TestTokenFileLeftovers(t *testing.T) {
	s := (&tokenServer{clientID: "client-1", lifetime: time.Hour}).start(t)
	for name, test := range map[string]struct {
		file, next string
		want       string // token that the server is asked with; empty: it is not asked
	}{
		"whole":           {"old\n", "new\n", "new"},
		"room alone":      {"old\n", strings.Repeat("\x00", roomForToken), "old"},
		"begun":           {"old\n", "ne" + strings.Repeat("\x00", 100), "old"},
		"without the end": {"old\n", "ne", "old"},
		"empty":           {"old\n", "", "old"},
		"windows line":    {"old\r\n", "", "old"},
		"two lines":       {"old\nolder\n", "", ""},
		"nothing":         {"\n", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			file := s.file(t)
			s.refresh, s.asked = test.want, nil
			if err := errors.Join(os.WriteFile(file, []byte(test.file), 0o600), os.WriteFile(file+".new", []byte(test.next), 0o600)); err != nil {
				t.Fatal(err)
			}
			_, _, err := s.source(file).Token(t.Context())
			if (err == nil) != (test.want != "") || s.requests() > 1 {
				t.Errorf("error %v after %d requests", err, s.requests())
			}
			if test.want != "" && s.asked[0].Get("refresh_token") != test.want {
				t.Errorf("asked with %q, want %q", s.asked[0].Get("refresh_token"), test.want)
			}
		})
	}
	t.Run("no room", func(t *testing.T) {
		file := s.file(t)
		s.asked = nil
		if err := os.Mkdir(file+".new", 0o700); err != nil { // nothing can be written there, even by root
			t.Fatal(err)
		}
		_, _, err := s.source(file).Token(t.Context())
		if !errors.Is(err, ErrAuth) || s.requests() != 0 {
			t.Errorf("error %v after %d requests", err, s.requests())
		}
	})
	t.Run("in use", func(t *testing.T) {
		file := s.file(t)
		other, err := openTokenFile(t.Context(), file)
		if err != nil {
			t.Fatal(err)
		}
		defer other.close()
		source := s.source(file)
		source.options.Timeout = 2 * lockPoll
		if _, _, err := source.Token(t.Context()); !errors.Is(err, ErrTemporary) || !strings.Contains(err.Error(), "in use by another process") {
			t.Errorf("error %v", err)
		}
	})
}

// A program that ends while a token is fetched must still write the refresh token that comes.
func TestRefreshOutlivesItsCaller(t *testing.T) {
	s := (&tokenServer{clientID: "client-1", lifetime: time.Hour}).start(t)
	file := s.file(t)
	ctx, stop := context.WithCancelCause(t.Context())
	s.faults = []mishap{func(w http.ResponseWriter, r *http.Request) {
		stop(errors.New("the program is to stop"))
		s.refresh = "second-refresh-token"
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"access_token":"a","refresh_token":"second-refresh-token","expires_in":3600}`))
	}}
	if _, _, err := s.source(file).Token(ctx); err != nil {
		t.Error(err)
	}
	if data, err := os.ReadFile(file); err != nil || string(data) != "second-refresh-token\n" {
		t.Errorf("the file holds %q, %v", data, err)
	}
	if _, _, err := s.source(file).Token(ctx); err == nil || s.requests() != 1 {
		t.Errorf("%v after %d requests, want none to begin after the end", err, s.requests())
	}
}

// A command that root runs must not lock the daemon's user out of the file.
func TestRefreshTokenKeepsItsOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("it needs root to make a file another user's")
	}
	const nobody = 65534 // on every Debian
	s := (&tokenServer{clientID: "client-1", lifetime: time.Hour}).start(t)
	file := s.file(t)
	if err := os.Chown(file, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.source(file).Token(t.Context()); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); !ok || stat.Uid != nobody || stat.Gid != nobody || info.Mode().Perm() != 0o600 {
		t.Errorf("%v of user %d, want a file of %d's alone", info.Mode(), stat.Uid, nobody)
	}
}
