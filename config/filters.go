package config

import "authreport"

// readFilters reads the filters that the page offers: name: [clause, ...].
func readFilters(r *reader, v value) []authreport.Filter {
	var filters []authreport.Filter
	for _, entry := range r.entries(v) {
		filter := authreport.Filter{Name: entry.at.Value}
		if err := CheckOneOff(filter.Name); err != nil {
			r.fault(entry.at, entry.key, err.Error())
		}
		if entry.node == nil {
			r.fault(entry.at, entry.key, "must hold at least one clause such as TLS1.0 share > 0, is empty")
			continue
		}
		for _, item := range r.items(entry) {
			var clause authreport.Clause
			if checked(r, &clause, authreport.ParseClause)(item); clause.Field != "" {
				filter.Clauses = append(filter.Clauses, clause)
			}
		}
		filters = append(filters, filter)
	}
	return filters
}
