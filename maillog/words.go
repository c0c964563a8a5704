package maillog

import (
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
