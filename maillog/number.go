package maillog

import "math/bits"

// leadingNumber reads the digits at the start of b, nine at most, and says how many there are.
func leadingNumber(b []byte) (number uint32, n int) {
	for n < len(b) && n < 9 && b[n] >= '0' && b[n] <= '9' {
		number = number*10 + uint32(b[n]-'0')
		n++
	}
	return number, n
}

// shortNumber reads the digits that eight bytes begin with, all at once; n is 8 and number is worth nothing if all are digits.
func shortNumber(eight uint64) (number uint32, n int) {
	digits := eight ^ '0'*eachByte
	other := (digits + 0x76*eachByte | digits) & (0x80 * eachByte) // the upper bit of each byte that is no digit
	n = bits.TrailingZeros64(other) / 8
	digits <<= 64 - 8*n
	digits = digits*10 + digits>>8
	return uint32(((digits&0x000000ff000000ff)*(100+1000000<<32) + (digits>>16&0x000000ff000000ff)*(1+10000<<32)) >> 32), n
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
