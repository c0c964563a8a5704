package maillog

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"testing"
)

// TestLeadingNumber holds the digits that are read eight at once against those that are read one by one.
func TestLeadingNumber(t *testing.T) {
	for length := range 12 {
		digits := "907856341298"[:length]
		for _, rest := range []string{"", "]", "]: text of a line", ":", "/", "\x00\xff\x8a\xfa   ", "\xff\xff\xff\xff\xff\xff\xff\xff"} {
			got, n := leadingNumber([]byte(digits + rest))
			if eight := []byte(digits + rest); len(eight) >= 8 && min(length, 9) < 8 {
				if number, of := shortNumber(binary.LittleEndian.Uint64(eight)); number != got || of != n {
					t.Errorf("%q: got %d of %d digits at once, want %d of %d", eight, number, of, got, n)
				}
			}
			want, err := strconv.ParseUint("0"+digits[:min(length, 9)], 10, 32)
			if err != nil || fmt.Sprint(got, n) != fmt.Sprint(want, min(length, 9)) {
				t.Errorf("%q: got %d of %d digits, want %d", digits+rest, got, n, want)
			}
		}
	}
	for b := range 256 { // every byte ends a number unless it is a digit
		_, n := shortNumber(binary.LittleEndian.Uint64([]byte{'1', '2', byte(b), ']', ']', ']', ']', ']'}))
		if digit := b >= '0' && b <= '9'; digit && n != 3 || !digit && n != 2 {
			t.Errorf("byte %#x: %d digits", b, n)
		}
	}
}
