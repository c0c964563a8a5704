package config

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// readUnusual reads from where on activity is unusual.
func readUnusual(r *reader, v value) Unusual {
	var u Unusual
	whole := func(to *int, low, high int) func(value) {
		return func(v value) {
			if n, ok := r.number(v, low, high); ok {
				*to = n
			}
		}
	}
	const most = 1_000_000_000
	r.mapping(v, "unusual", []key{
		{"history", whole(&u.History, 1, 3660), ""},
		{"known", whole(&u.Known, 1, 3660), ""},
		{"messages", whole(&u.Messages, 1, most), ""},
		{"recipients", whole(&u.Recipients, 1, most), ""},
		{"spreads", func(v value) { readSpreads(r, v, &u.Spreads) }, ""},
		{"networks", whole(&u.Networks, 2, most), ""},
		{"senders", whole(&u.Senders, 1, most), ""},
		{"dormant", whole(&u.Dormant, 2, 3660), ""},
		{"failures", whole(&u.Failures, 1, most), ""},
		{"night_messages", whole(&u.Night, 1, most), ""},
		{"night", func(v value) { readNight(r, v, &u) }, ""},
		{"new_account", whole(&u.NewAccount, 1, most), ""},
		{"off", func(v value) {
			for _, item := range r.items(v) {
				kind := ""
				if choice(r, &kind, r.known.Unusual...)(item); kind != "" {
					u.Off = append(u.Off, kind)
				}
			}
		}, ""},
	})
	return u
}

// readSpreads reads a number from 1 to 100, whole or not.
func readSpreads(r *reader, v value, to *float64) {
	switch n := v.node.(type) {
	case *ast.IntegerNode, *ast.FloatNode:
		if f, err := strconv.ParseFloat(n.GetToken().Value, 64); err == nil && f >= 1 && f <= 100 {
			*to = f
			return
		}
	}
	r.wrong(v, "must be a number from 1 to 100, such as 6")
}

// readNight reads "22:00 to 05:00": whole hours.
func readNight(r *reader, v value, u *Unusual) {
	var night [2]int
	checked(r, &night, parseNight)(v)
	u.NightFrom, u.NightTo = night[0], night[1]
}

func parseNight(text string) (night [2]int, err error) {
	rule := errors.New("must be two different whole hours, such as 22:00 to 05:00")
	from, to, found := strings.Cut(text, " to ")
	if !found {
		return night, rule
	}
	for i, part := range []string{from, to} {
		if _, err := fmt.Sscanf(part, "%d:00", &night[i]); err != nil || night[i] < 0 || night[i] > 23 || fmt.Sprintf("%02d:00", night[i]) != part {
			return night, rule
		}
	}
	if night[0] == night[1] {
		return night, rule
	}
	return night, nil
}
