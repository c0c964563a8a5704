package report

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

func TestTextsAreFoundAgain(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var all []string
	for i := range 30_000 {
		all = append(all, fmt.Sprintf("user%d@example.org", r.IntN(20_000)))
		if i%1000 == 0 {
			all = append(all, "", strings.Repeat("x", i), strings.Repeat("y", 4*i+127), "\x00\xff")
		}
	}
	var texts texts
	first := make([]uint32, len(all))
	for i, text := range all {
		first[i] = texts.number(text)
	}
	different := slices.Compact(slices.Sorted(slices.Values(all)))
	if texts.count() != len(different) {
		t.Fatalf("%d texts, want %d", texts.count(), len(different))
	}
	numbers := texts.sort()
	for number, want := range different {
		if got := texts.at(uint32(number)); got != want {
			t.Fatalf("text %d is %.40q, want %.40q", number, got, want)
		}
		if got, known := texts.find(want); !known || got != uint32(number) {
			t.Fatalf("%.40q is found at %d, want %d", want, got, number)
		}
	}
	for i, text := range all {
		if got := texts.at(numbers[first[i]]); got != text {
			t.Fatalf("%.40q has become %.40q", text, got)
		}
	}
	for _, text := range []string{"a", "user", "zzz", strings.Repeat("x", 7)} {
		if number, known := texts.find(text); known {
			t.Errorf("%q is found at %d", text, number)
		}
	}
}

func TestAddressesKeepTheirOrder(t *testing.T) {
	var all []netip.Addr
	var gathered addresses
	for _, text := range []string{"2001:db8::2", "192.0.2.77", "fe80::1%eth0", "", "::ffff:192.0.2.1", "10.0.0.1", "fe80::1", "2001:db8::1", "255.255.255.255", "fe80::1%eth1", "::", "0.0.0.0"} {
		ip, _ := netip.ParseAddr(text) // the zero Addr of ""
		all = append(all, ip)
		gathered.number(ip)
	}
	gathered.sort()
	slices.SortFunc(all, netip.Addr.Compare)
	for number, want := range all {
		if got := gathered.at(uint32(number)); got != want {
			t.Errorf("address %d is %v, want %v", number, got, want)
		}
		if got, known := gathered.find(want); !known || got != uint32(number) {
			t.Errorf("%v is found at %d, want %d", want, got, number)
		}
	}
}

func TestSumsOfAnySize(t *testing.T) {
	var s sums
	s.grow(3)
	want := make([]sum, 3)
	for _, add := range []sum{{1, 2}, {math.MaxUint32 - 2, 0}, {0, 1}, {1, 0}, {1, math.MaxUint32}, {1 << 40, 1 << 50}, {5, 7}} {
		for i := range want {
			s.add(i, add)
			want[i].messages += add.messages
			want[i].recipients += add.recipients
			if got := s.at(i); got != want[i] {
				t.Fatalf("sum %d is %v, want %v", i, got, want[i])
			}
			if i == 1 {
				break
			}
		}
	}
	if got := s.at(2); got != (sum{}) {
		t.Errorf("sum of nothing is %v", got)
	}
}
