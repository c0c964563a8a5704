package main

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"authreport/jobs"
	"authreport/pseudonym"
	"authreport/store"
)

func pseudonymCommand(p *program) *cobra.Command {
	return &cobra.Command{
		Use:   "pseudonym NAME...",
		Short: "Tell what stands for a name in reports with pseudonyms, and who is behind one",
		Long: `pseudonym gives the pseudonym of each account, sender address or client address, and for each pseudonym the name that has it, of all that the store knows. It needs
the key (pseudonyms.key_file): whoever can read that file can tell who is who. The exit status is 1 if nobody is behind one.`,
		Args: func(_ *cobra.Command, arguments []string) error {
			if len(arguments) == 0 {
				return usagef("pseudonym takes at least one name or pseudonym")
			}
			return nil
		},
		RunE: func(c *cobra.Command, arguments []string) error {
			settings, s, err := p.openToRead(c.Context())
			if err != nil {
				return err
			}
			defer s.Close()
			names, err := jobs.Pseudonyms(settings)
			if err != nil {
				return err
			}
			return p.pseudonyms(c.Context(), s, names, arguments)
		},
	}
}

// pseudonyms tells what each argument stands for.
func (p *program) pseudonyms(ctx context.Context, s *store.Store, names *pseudonym.Pseudonyms, arguments []string) error {
	behind, err := lookUp(ctx, s, names, slices.DeleteFunc(slices.Clone(arguments), func(name string) bool { return !pseudonym.Is(name) }))
	if err != nil {
		return err
	}
	nobody := false
	for _, name := range arguments {
		ip, err := netip.ParseAddr(name)
		switch {
		case err == nil:
			fmt.Fprintf(p.out, "%s is %s in reports; as a pseudonym it is %s\n", name, names.Address(ip), names.RealAddress(ip))
		case pseudonym.Is(name):
			for _, real := range behind[name] {
				fmt.Fprintf(p.out, "%s is %s\n", name, real)
			}
			if len(behind[name]) == 0 {
				nobody = true
				fmt.Fprintf(p.out, "%s: nobody that the store knows has it under this key\n", name)
			}
		default:
			fmt.Fprintf(p.out, "%s is %s in reports\n", name, names.Name(name))
		}
	}
	if nobody {
		return errSilent
	}
	return nil
}

// lookUp finds the names that have some pseudonyms, by pseudonym, each once: accounts, also those that were only tried, and sender addresses.
func lookUp(ctx context.Context, s *store.Store, names *pseudonym.Pseudonyms, wanted []string) (map[string][]string, error) {
	behind := make(map[string][]string)
	if len(wanted) == 0 {
		return behind, nil
	}
	try := func(real string) {
		made := names.Name(real)
		for _, one := range wanted {
			if strings.EqualFold(one, made) && !slices.Contains(behind[one], real) {
				behind[one] = append(behind[one], real)
			}
		}
	}
	days, err := new(days).whole()
	if err != nil {
		return nil, err
	}
	for known, err := range s.Clients(ctx, days) {
		if err != nil {
			return nil, err
		}
		try(known.Client.Account)
		try(known.Client.Sender)
	}
	for f, err := range s.Failures(ctx, days) {
		if err != nil {
			return nil, err
		}
		try(f.Account)
	}
	return behind, nil
}
