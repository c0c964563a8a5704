package maillog

import (
	"bytes"
	"testing"
)

// TestWordsTellShortTextsApart holds that texts of up to 24 bytes have the same words only if they are the same, whichever byte differs.
func TestWordsTellShortTextsApart(t *testing.T) {
	for length := range 64 {
		text := bytes.Repeat([]byte("x"), length)
		w := wordsOfAny(text)
		if w != wordsOfAny(bytes.Clone(text)) {
			t.Fatalf("words of a copy differ: %+v", w)
		}
		for i := range text {
			text[i] = 'y'
			if w.whole() && wordsOfAny(text) == w {
				t.Errorf("of %d bytes, number %d is in no word", length, i)
			}
			text[i] = 'x'
		}
		if w == wordsOfAny(append(bytes.Clone(text), 'x')) {
			t.Errorf("%d bytes are as good as %d", length, length+1)
		}
	}
}

func TestLastIndexByte(t *testing.T) {
	for length := range 200 {
		b := bytes.Repeat([]byte{'a'}, length)
		check := func() {
			if got, want := lastIndexByte(b, '['), bytes.LastIndexByte(b, '['); got != want {
				t.Fatalf("in %q: %d, want %d", b, got, want)
			}
		}
		check()
		for i := range b {
			b[i] = '['
			check()
			b[i/2] = '['
			check()
			b[i], b[i/2] = 'a', 'a'
		}
	}
}
