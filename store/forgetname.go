package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"authreport"
)

// forgottenName stands where a name stood in a text that stays.
const forgottenName = "(forgotten)"

// target is a name that is to be forgotten: an address, or an account without a domain.
type target struct {
	name          string
	local, domain string   // of an address, the domain folded; empty for an account without one
	forms         []string // how it may stand in texts, in lower case
}

// newTarget refuses what is nobody's name.
func newTarget(name string) (target, error) {
	if name == "" || name == authreport.NullSender || name == authreport.OtherAccount || strings.TrimSpace(name) != name {
		return target{}, fmt.Errorf("must be an address or an account, is %q", name)
	}
	t := target{name: name}
	spelled := []string{name}
	if at := strings.LastIndexByte(name, '@'); at >= 0 {
		if at == 0 || at == len(name)-1 {
			return target{}, fmt.Errorf("must be an address such as alice@example.org, is %q; a whole domain cannot be forgotten", name)
		}
		t.local, t.domain = name[:at], authreport.FoldDomain(name[at+1:])
		spelled = append(spelled, t.local+"@"+t.domain)
	}
	for _, s := range spelled {
		encoded, err := json.Marshal(s)
		if err != nil {
			return target{}, err
		}
		quoted := strconv.Quote(s)
		t.forms = append(t.forms, lower(s), lower(string(encoded[1:len(encoded)-1])), lower(quoted[1:len(quoted)-1]))
	}
	slices.SortFunc(t.forms, func(a, b string) int { return len(b) - len(a) }) // a longer one may have a shorter in it
	t.forms = slices.Compact(t.forms)
	return t, nil
}

// lower gives a text in lower case with every byte in its place: letters whose other case has another length stay, and bytes that are no UTF-8.
func lower(s string) string {
	b := []byte(s)
	for i := 0; i < len(b); {
		r, size := utf8.DecodeRune(b[i:])
		if l := unicode.ToLower(r); r != utf8.RuneError && utf8.RuneLen(l) == size {
			utf8.EncodeRune(b[i:], l)
		}
		i += size
	}
	return string(b)
}

// is says whether a name is the target: the local part is compared byte by byte (RFC 5321 section 2.4), the domain after folding.
func (t *target) is(name string) bool {
	if name == t.name {
		return true
	}
	at := strings.LastIndexByte(name, '@')
	return t.domain != "" && at >= 0 && name[:at] == t.local && authreport.FoldDomain(name[at+1:]) == t.domain
}

// alike says whether a name that is not the target may be the same person's: written in another case, or with a domain where the other has none, or the other way.
func (t *target) alike(name string) bool {
	local, domain := name, ""
	if at := strings.LastIndexByte(name, '@'); at >= 0 {
		local, domain = name[:at], authreport.FoldDomain(name[at+1:])
	}
	if slash := strings.LastIndexByte(local, '\\'); slash >= 0 && domain == "" { // EXAMPLE\alice
		local = local[slash+1:]
	}
	ours := t.local
	if t.domain == "" {
		ours = t.name[strings.LastIndexByte(t.name, '\\')+1:]
	}
	return strings.EqualFold(local, ours) && (domain == "" || t.domain == "" || domain == t.domain) && !t.is(name)
}

// targets is several of them, all forgotten at once.
type targets []target

// CheckNames gives an error for each name that Forget would refuse.
func CheckNames(names []string) error {
	_, err := newTargets(names)
	return err
}

func newTargets(names []string) (list targets, err error) {
	var faults []error
	for _, name := range names {
		t, err := newTarget(name)
		list, faults = append(list, t), append(faults, err)
	}
	return list, errors.Join(faults...)
}

func (list targets) are(name string) bool {
	return slices.ContainsFunc(list, func(t target) bool { return t.is(name) })
}

func (list targets) alike(name string) bool {
	return !list.are(name) && slices.ContainsFunc(list, func(t target) bool { return t.alike(name) })
}

// addresses gives the targets that have a domain.
func (list targets) addresses() targets {
	return slices.DeleteFunc(slices.Clone(list), func(t target) bool { return t.domain == "" })
}

// mayBeIn says whether the bytes of a target are in a text, be it within another name.
func (list targets) mayBeIn(text string) bool {
	low := lower(text)
	return slices.ContainsFunc(list, func(t target) bool {
		return slices.ContainsFunc(t.forms, func(form string) bool { return strings.Contains(low, form) })
	})
}

// takenFrom gives a text with a replacement for every target in it, whatever its case. Names that have a target within them, as malice@example.org has
// alice@example.org, stay.
func (list targets) takenFrom(text, replacement string) string {
	for _, t := range list {
		for _, form := range t.forms {
			text = takenForm(text, form, replacement)
		}
	}
	return text
}

func takenForm(text, form, replacement string) string {
	var b strings.Builder
	low, rest := lower(text), 0
	for from := 0; ; {
		i := strings.Index(low[from:], form)
		if i < 0 {
			b.WriteString(text[rest:])
			return b.String()
		}
		start := from + i
		end := start + len(form)
		from = start + 1
		if start > 0 && partOfName(low[start-1]) || goesOn(low[end:]) {
			continue
		}
		b.WriteString(text[rest:start])
		b.WriteString(replacement)
		from, rest = end, end
	}
}

// partOfName says whether a name goes on with a byte before it. An equals sign ends one: logs write to=alice@example.org.
func partOfName(c byte) bool {
	return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || strings.IndexByte("._-+@", c) >= 0 || c >= 0x80
}

// goesOn says whether a name goes on with what follows; a dot ends it at the end of a sentence.
func goesOn(rest string) bool {
	if rest == "" {
		return false
	}
	if rest[0] == '.' {
		return len(rest) > 1 && partOfName(rest[1]) && rest[1] != '.'
	}
	return partOfName(rest[0])
}
