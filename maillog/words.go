package maillog

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// words are the ends and the middle of a text of 8 bytes or more, and its length: enough to tell most texts apart, and all of up to 24 bytes.
type words struct {
	first, middle, last uint64
	length              int
}

func wordsOf(b []byte) words {
	n := len(b)
	return words{binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[n/2-4:]), binary.LittleEndian.Uint64(b[n-8:]), n}
}

// whole says whether texts of the same words are the same.
func (w words) whole() bool { return w.length <= 24 }

// hash mixes the words; its upper bits are the better ones.
func (w words) hash() uint64 {
	return (w.first ^ bits.RotateLeft64(w.middle, 21) ^ bits.RotateLeft64(w.last, 42) ^ uint64(w.length)) * 0x9e3779b97f4a7c15
}

// wordsOfAny gives the words of a text of any length.
func wordsOfAny(b []byte) words {
	if len(b) >= 8 {
		return wordsOf(b)
	}
	var padded [8]byte
	copy(padded[:], b)
	w := wordsOf(padded[:])
	w.length = len(b)
	return w
}

// hash is that of a text of any length.
func hash(b []byte) uint64 { return wordsOfAny(b).hash() }

// lastIndexByte is bytes.LastIndexByte, several times as fast where the byte is rare.
func lastIndexByte(b []byte, c byte) int {
	const window = 64
	for end := len(b); end > 0; {
		start := max(0, end-window)
		last := -1
		for i := bytes.IndexByte(b[start:end], c); i >= 0; i = bytes.IndexByte(b[last+1:end], c) {
			last = max(start, last+1) + i
		}
		if last >= 0 {
			return last
		}
		end = start
	}
	return -1
}
