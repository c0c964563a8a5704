package authreport

import (
	"regexp"
	"strings"

	"golang.org/x/net/idna"
)

// The forms of envelope senders that carry a token per message, so that each message would seem to have a sender of its own.
var (
	// SRS0=hash=stamp=domain=local@forwarder, and after a second hop SRS1=hash=forwarder==hash=stamp=domain=local@second (Sender Rewriting Scheme).
	srsForm = regexp.MustCompile(`(?i)^SRS(?:0[=+-]|1[=+-][^=]+=[^=]*=[=+-])[^=]+=[^=]+=([^=]+)=(.+)$`)
	// prvs=tag=local (draft-levine-smtp-batv-01), and its older order prvs=local/tag.
	batvForm = regexp.MustCompile(`(?i)^prvs=(?:[0-9a-z]{6,20}=(.+)|([^/=]+)/[0-9a-z]{6,20})$`)
	// base+recipient=domain: a variable envelope return path with the recipient after the first plus.
	verpPlusForm = regexp.MustCompile(`^([^+=]+)\+[^=]*=[^=]+\.[^=]+$`)
	// base-recipient=domain: the base ends after the words that lists use, before a message number (ezmlm), or else at the first hyphen.
	verpHyphenForm = regexp.MustCompile(`(?i)^(?:(.*?-?(?:bounces?|returns?|owner|errors?|request))-|(.*?)-[0-9]+-|([^-=]+)-)[^=]*=[^=]+\.[^=]+$`)
)

// longestLocalPart is the length in bytes of the longest local part that is looked into; RFC 5321 section 4.5.3.1.1 allows 64.
const longestLocalPart = 1 << 10

// FoldSender takes the token of one message off an envelope sender (VERP, BATV, SRS) and gives its base address, so that a mailing list stays one sender.
// Other addresses come back as they are; the empty reverse-path and "<>" come back as NullSender.
func FoldSender(address string) string {
	if address == "" || address == NullSender {
		return NullSender
	}
	at := strings.LastIndexByte(address, '@')
	if at <= 0 || at > longestLocalPart || address[0] == '"' || strings.IndexByte(address[:at], '=') < 0 {
		return address
	}
	local, domain := address[:at], address[at:]
	if m := srsForm.FindStringSubmatch(local); m != nil {
		return m[2] + "@" + m[1]
	}
	if m := batvForm.FindStringSubmatch(local); m != nil {
		return FoldSender(m[1] + m[2] + domain)
	}
	for _, form := range []*regexp.Regexp{verpPlusForm, verpHyphenForm} {
		if m := form.FindStringSubmatch(local); m != nil {
			return strings.Join(m[1:], "") + domain
		}
	}
	return address
}

// SenderDomain is what follows the last @ of an address, lower case, in A-labels (RFC 5890). An address without a domain has fallback, which may be empty;
// the null sender has none.
func SenderDomain(address, fallback string) string {
	if address == NullSender {
		return ""
	}
	at := strings.LastIndexByte(address, '@')
	if at < 0 || at == len(address)-1 {
		return fallback
	}
	return FoldDomain(address[at+1:])
}

// FoldDomain gives a domain name in lower case and A-labels. A name that IDNA does not allow comes back in lower case.
func FoldDomain(domain string) string {
	lower := strings.ToLower(domain)
	for i := 0; i < len(lower); i++ {
		if lower[i] >= 0x80 {
			if ascii, err := idna.Lookup.ToASCII(domain); err == nil {
				return ascii
			}
			break
		}
	}
	return lower
}
