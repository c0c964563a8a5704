package maillog

import (
	"encoding/binary"
	"math/bits"
)

// leadingNumber reads the digits at the start of b, nine at most, and says how many there are.
func leadingNumber(b []byte) (number uint32, n int) {
	if len(b) < 8 {
		return shortNumber(b)
	}
	// A byte that is no digit has its upper bit set in other.
	word := binary.LittleEndian.Uint64(b) ^ '0'*eachByte
	other := (word + 0x76*eachByte | word) & (0x80 * eachByte)
	if other == 0 {
		return shortNumber(b)
	}
	n = bits.TrailingZeros64(other) / 8
	word <<= 64 - 8*n // the digits are now the last of eight
	word = word*10 + word>>8
	return uint32(((word&0x000000ff000000ff)*(100+1000000<<32) + (word>>16&0x000000ff000000ff)*(1+10000<<32)) >> 32), n
}

// shortNumber reads digit by digit.
func shortNumber(b []byte) (number uint32, n int) {
	for n < len(b) && n < 9 && b[n] >= '0' && b[n] <= '9' {
		number = number*10 + uint32(b[n]-'0')
		n++
	}
	return number, n
}

const eachByte = 0x0101010101010101

// number reads a decimal number of at most nine digits; 0 if b is none.
func number(b []byte) uint32 {
	if len(b) > 9 {
		return 0
	}
	var n uint32
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0
		}
		n = n*10 + uint32(c-'0')
	}
	return n
}
