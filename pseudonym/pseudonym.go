// Package pseudonym gives names and client addresses stable pseudonyms under a key: the same name has the same one in every report, and nobody without the key can
// tell whose it is, nor reckon it from a name.
//
// What stands where a real name stood is made here and nowhere else; report puts it there before anything is counted. docs/pseudonyms.md says what it protects from.
package pseudonym

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"hash"
	"net/netip"
	"regexp"
	"strings"

	"authreport"
)

// KeyLength is how many characters a key has at least: 32 random bytes as openssl rand writes them in base64 have 44.
const KeyLength = 32

// Pseudonyms makes pseudonyms under one key. It is not safe for concurrent use.
type Pseudonyms struct {
	names     hash.Hash // HMAC-SHA-256 (RFC 2104)
	addresses cipher.Block
	pad       [aes.BlockSize]byte
}

// New makes the pseudonyms of a key of at least KeyLength characters; another is an error, which does not tell it.
func New(key string) (*Pseudonyms, error) {
	if len(key) < KeyLength {
		return nil, fmt.Errorf("the key of pseudonyms must have at least %d characters, has %d", KeyLength, len(key))
	}
	derive := func(purpose string) []byte {
		mac := hmac.New(sha256.New, []byte(key))
		mac.Write([]byte(purpose))
		return mac.Sum(nil)
	}
	return build(derive("authreport names"), derive("authreport client addresses"))
}

// build takes the key of names, and that of addresses with the pad after it, as Crypto-PAn has them.
func build(names, addresses []byte) (*Pseudonyms, error) {
	block, err := aes.NewCipher(addresses[:16])
	if err != nil {
		return nil, err
	}
	p := &Pseudonyms{names: hmac.New(sha256.New, names), addresses: block}
	block.Encrypt(p.pad[:], addresses[16:])
	return p, nil
}

// letters are those of Crockford's base32: none is taken for another, and hardly a word comes of them.
var letters = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// form is what Name makes of a local part. 60 bits: of a million names in one domain, two have the same with a chance of one in two million.
var form = regexp.MustCompile(`^p(-[0-9a-hjkmnp-tv-z]{4}){3}$`)

// Name gives the pseudonym of an account or sender address: "p-7k3m-9xq2-fw4d@example.org". A domain after the last @ stays, as it was written, and an IP address there
// (RFC 5321 section 4.1.3) becomes its own pseudonym; a name without either is replaced as a whole. Whoever has the same address has the same pseudonym, as account and as
// sender. What names nobody stays as it is.
func (p *Pseudonyms) Name(name string) string {
	if name == "" || name == authreport.NullSender || name == authreport.OtherAccount {
		return name
	}
	domain := ""
	p.names.Reset()
	if at := strings.LastIndexByte(name, '@') + 1; at > 0 {
		p.names.Write([]byte(name[:at] + authreport.FoldDomain(name[at:])))
		domain = p.domain(name[at:])
	} else {
		p.names.Write([]byte(name))
	}
	var sum [sha256.Size]byte
	text := letters.EncodeToString(p.names.Sum(sum[:0])[:8])
	return "p-" + text[:4] + "-" + text[4:8] + "-" + text[8:12] + domain
}

// domainForm is a domain in A-labels, as far as logs go by it; it may be empty.
var domainForm = regexp.MustCompile(`^[0-9a-z._-]*$`)

// domain gives what stands for what follows the last @, with the @; empty for what is no domain: it may be another name.
func (p *Pseudonyms) domain(text string) string {
	literal, version := strings.Trim(text, "[]"), ""
	if len(literal) > 5 && strings.EqualFold(literal[:5], "IPv6:") {
		literal, version = literal[5:], "IPv6:"
	}
	if ip, err := netip.ParseAddr(literal); err == nil {
		return "@[" + version + p.Address(ip).String() + "]"
	}
	if domainForm.MatchString(authreport.FoldDomain(text)) {
		return "@" + text
	}
	return ""
}

// Is says whether a name has the form of those that Name gives.
func Is(name string) bool {
	local, _, _ := strings.Cut(name, "@")
	return form.MatchString(local)
}

// Address gives the pseudonym of a client address: another of the same family. Two addresses have as many leading bits in common as their pseudonyms (Crypto-PAn;
// Xu, Fan, Ammar and Moon, "Prefix-Preserving IP Address Anonymization", 2002), so that networks stay networks. The unknown address stays.
func (p *Pseudonyms) Address(ip netip.Addr) netip.Addr { return p.turn(ip, false) }

// RealAddress gives the address that has a pseudonym.
func (p *Pseudonyms) RealAddress(pseudonym netip.Addr) netip.Addr { return p.turn(pseudonym, true) }

// turn changes each bit of an address by what the real bits before it say, or changes it back.
func (p *Pseudonyms) turn(ip netip.Addr, back bool) netip.Addr {
	address := ip.AsSlice()
	block, out := p.pad, [aes.BlockSize]byte{} // block: the real bits so far, then the pad's
	for i := range 8 * len(address) {
		p.addresses.Encrypt(out[:], block[:])
		at, mask := i/8, byte(0x80)>>(i%8)
		was := address[at] & mask
		if out[0]&0x80 != 0 {
			address[at] ^= mask
		}
		if back {
			was = address[at] & mask
		}
		block[at] = block[at]&^mask | was
	}
	turned, _ := netip.AddrFromSlice(address)
	return turned.WithZone(ip.Zone())
}
