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
