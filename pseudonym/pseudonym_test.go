package pseudonym

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"

	"authreport"
)

const key = "0123456789abcdef0123456789abcdef"

func made(t testing.TB, key string) *Pseudonyms {
	t.Helper()
	p, err := New(key)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestName: a name has one pseudonym, which changes with the key and with every letter of it but those of its domain's case, and which keeps the domain alone.
func TestName(t *testing.T) {
	p := made(t, key)
	seen := map[string]string{}
	for _, name := range []string{"alice@example.org", "Alice@example.org", "alice@example.net", "alice", `CORP\alice`, "alice@", "@example.org", "a@b@example.org", "p-0000-0000-0000@example.org", "\xff@example.org"} {
		got := p.Name(name)
		if other, taken := seen[got]; taken {
			t.Errorf("%q and %q are both %s", name, other, got)
		}
		seen[got] = name
		if got != made(t, key).Name(name) || got == made(t, key+"x").Name(name) {
			t.Errorf("%q: %s is not that of its key", name, got)
		}
		at := strings.LastIndex(name, "@")
		if domain := ""; at >= 0 {
			domain = name[at:]
			if !strings.HasSuffix(got, domain) {
				t.Errorf("%q became %s", name, got)
			}
		}
		if !Is(got) || strings.Contains(got, "lice") {
			t.Errorf("%q became %s", name, got)
		}
	}
	if upper, lower := p.Name("alice@EXAMPLE.ORG"), p.Name("alice@example.org"); strings.ToLower(upper) != lower {
		t.Errorf("the same domain: %s and %s", upper, lower)
	}
	for _, nobody := range []string{"", authreport.NullSender, authreport.OtherAccount} {
		if got := p.Name(nobody); got != nobody {
			t.Errorf("%q became %q", nobody, got)
		}
	}
	for _, other := range []string{"alice@example.org", "p-7k3m-9xq2@example.org", "p-7k3m-9xq2-fw4l@example.org", "p-7k3m-9xq2-fw4d-aaaa"} {
		if Is(other) {
			t.Errorf("%s is taken for a pseudonym", other)
		}
	}
}

// TestWhatIsNoDomain: after the @ stays what is a domain. A client address there has its pseudonym, and of what is neither nothing stays.
func TestWhatIsNoDomain(t *testing.T) {
	p := made(t, key)
	four, six := p.Address(netip.MustParseAddr("192.0.2.77")).String(), p.Address(netip.MustParseAddr("2001:db8::77")).String()
	for name, domain := range map[string]string{
		"gina@[192.0.2.77]": "@[" + four + "]", "gina@192.0.2.77": "@[" + four + "]", "gina@[IPv6:2001:db8::77]": "@[IPv6:" + six + "]", "gina@[ipv6:2001:DB8::77]": "@[IPv6:" + six + "]",
		"gina@example.org*hugo": "", "gina@example.org/hugo": "", "gina@[hugo]": "", "gina@bücher.example": "@bücher.example", "gina@_host-1.EXAMPLE": "@_host-1.EXAMPLE",
	} {
		if got := p.Name(name); !Is(got) || got[min(len(got), len("p-0000-0000-0000")):] != domain {
			t.Errorf("%s became %s, want ...%s", name, got, domain)
		}
	}
	if one, other := p.Name("gina@bücher.example"), p.Name("gina@xn--bcher-kva.example"); one[:16] != other[:16] {
		t.Errorf("the same domain: %s and %s", one, other)
	}
}

func TestNamesDoNotCollide(t *testing.T) {
	p := made(t, key)
	seen := make(map[string]bool)
	for n := range 100_000 {
		seen[p.Name(fmt.Sprintf("user%d@example.org", n))] = true
	}
	if len(seen) != 100_000 {
		t.Errorf("%d pseudonyms of 100000 names", len(seen))
	}
}

// TestAddressIsCryptoPAn holds addresses against the sample trace of its authors' own program.
func TestAddressIsCryptoPAn(t *testing.T) {
	sample := []byte{21, 34, 23, 141, 51, 164, 207, 128, 19, 10, 91, 22, 73, 144, 125, 16, 216, 152, 143, 131, 121, 121, 101, 39, 98, 87, 76, 45, 42, 132, 34, 2}
	p, err := build(sample, sample)
	if err != nil {
		t.Fatal(err)
	}
	for real, want := range map[string]string{
		"128.11.68.132": "135.242.180.132", "129.118.74.4": "134.136.186.123", "130.132.252.244": "133.68.164.234", "141.223.7.43": "141.167.8.160",
		"141.233.145.108": "141.129.237.235", "152.163.225.39": "151.140.114.167", "156.29.3.236": "147.225.12.42", "165.247.96.84": "162.9.99.234",
	} {
		if got := p.Address(netip.MustParseAddr(real)); got.String() != want {
			t.Errorf("%s: got %s, want %s", real, got, want)
		}
	}
}

// TestAddress: addresses keep their family and the length of what they have in common, and the key's holder gets them back.
func TestAddress(t *testing.T) {
	p, r := made(t, key), rand.New(rand.NewPCG(1, 2))
	common := func(a, b netip.Addr) int {
		for bits := a.BitLen(); ; bits-- {
			if prefix, err := a.Prefix(bits); err != nil || prefix.Contains(b) {
				return bits
			}
		}
	}
	for range 200 {
		one, other := make([]byte, 4+12*r.IntN(2)), []byte(nil)
		for i := range one {
			one[i] = byte(r.Uint32())
		}
		other = append(other, one...)
		other[r.IntN(len(other))] ^= 1 << r.IntN(8)
		a, _ := netip.AddrFromSlice(one)
		b, _ := netip.AddrFromSlice(other)
		x, y := p.Address(a), p.Address(b)
		if x.BitLen() != a.BitLen() || common(a, b) != common(x, y) || p.RealAddress(x) != a || p.Address(a) != x {
			t.Errorf("%s and %s became %s and %s", a, b, x, y)
		}
	}
	if got := p.Address(netip.Addr{}); got.IsValid() {
		t.Errorf("the unknown address became %s", got)
	}
	if zone := netip.MustParseAddr("fe80::1%eth0"); p.RealAddress(p.Address(zone)) != zone {
		t.Error("a zone is lost")
	}
}

// TestShortKey: an error tells no key.
func TestShortKey(t *testing.T) {
	if _, err := New("too short a secret"); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v", err)
	}
}

func BenchmarkName(b *testing.B) {
	p := made(b, key)
	for b.Loop() {
		p.Name("someone@example.org")
	}
}

func BenchmarkAddress(b *testing.B) {
	p, ip := made(b, key), netip.MustParseAddr("2001:db8:1:2::3")
	for b.Loop() {
		p.Address(ip)
	}
}
