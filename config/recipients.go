package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Addresses gives the addresses that names stand for, groups of the configuration or addresses, each once and in order.
func (c *Config) Addresses(names []string) ([]string, error) {
	var all []string
	for _, name := range names {
		addresses, isGroup := c.Recipients[name]
		if !isGroup {
			address, err := parseAddress(name)
			if err != nil {
				return nil, fmt.Errorf("recipient must be an address or a group of the configuration, is %q", name)
			}
			addresses = []string{alone(address)}
		}
		for _, address := range addresses {
			if !slices.Contains(all, address) {
				all = append(all, address)
			}
		}
	}
	return all, nil
}

// Domains gives sender domains as counts have them, folded.
func Domains(names []string) ([]string, error) {
	var all []string
	for _, name := range names {
		domain, err := parseDomain(name)
		if err != nil {
			return nil, fmt.Errorf("domain %w, is %q", err, name)
		}
		if !slices.Contains(all, domain) {
			all = append(all, domain)
		}
	}
	return all, nil
}

// CheckOneOff gives an error if name cannot be that of a report that is not configured: it becomes part of the mail's subject.
func CheckOneOff(name string) error {
	if n := len([]rune(name)); n == 0 || n > 64 || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return errors.New("must be one line of 1 to 64 characters")
	}
	return nil
}
