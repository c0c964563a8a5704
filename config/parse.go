package config

import (
	"errors"
	"fmt"
	"net/mail"
	"regexp"
	"strconv"
	"strings"
	"time"

	"authreport"
)

// What texts are checked against where no library does.
var (
	nameForm     = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)
	domainForm   = regexp.MustCompile(`^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$`)
	durationForm = regexp.MustCompile(`^([0-9]+)([dw])$`)
)

const nameRule = "must be letters, digits, dots, hyphens and underscores, at most 64, the first a letter or digit"

// parseDuration reads what time.ParseDuration does, and whole days and weeks ("90d", "2w") of 24 hours.
func parseDuration(text string) (time.Duration, error) {
	m := durationForm.FindStringSubmatch(text)
	if m == nil {
		return time.ParseDuration(text)
	}
	days, err := strconv.Atoi(m[1])
	if m[2] == "w" {
		days *= 7
	}
	if err != nil || days > 100_000 {
		return 0, fmt.Errorf("too long: %s", text)
	}
	return time.Duration(days) * 24 * time.Hour, nil
}

func parseZone(text string) (*time.Location, error) {
	zone, err := time.LoadLocation(text)
	if err != nil || text == "Local" {
		return nil, errors.New("must be a name of the time zone database such as Europe/Amsterdam or UTC")
	}
	return zone, nil
}

func parseName(text string) (string, error) {
	if len(text) > 64 || !nameForm.MatchString(text) {
		return "", errors.New(nameRule)
	}
	return text, nil
}

func parseDomain(text string) (string, error) {
	domain := authreport.FoldDomain(strings.TrimPrefix(text, "@"))
	if len(domain) > 253 || !domainForm.MatchString(domain) {
		return "", errors.New("must be a domain such as example.org")
	}
	return domain, nil
}

// parseAddress reads an address with or without a name before it.
func parseAddress(text string) (*mail.Address, error) {
	address, err := mail.ParseAddress(text)
	if err != nil || !strings.Contains(address.Address, "@") {
		return nil, errors.New("must be an address such as reports@example.org")
	}
	return address, nil
}

// alone is an address without the name before it, its local part in quotes where it needs them (RFC 5321 section 4.1.2).
func alone(address *mail.Address) string {
	text := (&mail.Address{Address: address.Address}).String()
	return text[1 : len(text)-1] // without the angle brackets
}
