package config

import (
	"fmt"
	"slices"
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
			addresses = []string{address.Address}
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

// CheckName gives an error if name cannot be a report's: it names files and series.
func CheckName(name string) error {
	_, err := parseName(name)
	return err
}
