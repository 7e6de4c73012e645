package web

import (
	"maps"
	"slices"
	"strconv"
)

// link is the address of the page with some parameters set, or taken away if
// the value is empty.
func (v *page) link(pairs ...string) string {
	query := maps.Clone(v.query)
	for i := 0; i+1 < len(pairs); i += 2 {
		query.Del(pairs[i])
		if pairs[i+1] != "" {
			query.Set(pairs[i], pairs[i+1])
		}
	}
	return "?" + query.Encode()
}

// SortBy is the address at which the table is sorted by a column: the other way
// round if it is sorted by it already.
func (v *page) SortBy(c column) string {
	order := c.order()
	if c.Key == v.Sort && order == v.Order {
		order = map[string]string{"asc": "desc", "desc": "asc"}[order]
	}
	return v.link("sort", c.Key, "order", order, "page", "")
}

// Sorted is how the table is sorted by a column, in the words of aria-sort.
func (v *page) Sorted(c column) string {
	switch {
	case c.Key != v.Sort:
		return "none"
	case v.Order == "desc":
		return "descending"
	}
	return "ascending"
}

// OfStatus is the address of the jobs of a status.
func (v *page) OfStatus(s string) string { return v.link("status", s, "page", "") }

// Previous and Next are the addresses of the pages beside this one; empty if
// there is none.
func (v *page) Previous() string {
	if v.at == 0 {
		return ""
	}
	return v.link("page", strconv.Itoa(v.at))
}

// Next is described at Previous.
func (v *page) Next() string {
	if v.To == v.Chosen {
		return ""
	}
	return v.link("page", strconv.Itoa(v.at+2))
}

// ToggleRefresh is the address at which the page reloads itself, or no longer does.
func (v *page) ToggleRefresh() string {
	if v.Refresh {
		return v.link("refresh", "")
	}
	return v.link("refresh", "30")
}

// Selected are the values of a parameter, for the form.
func (v *page) Selected(name string) []string { return v.query[name] }

// Filtered reports whether only some jobs were asked for.
func (v *page) Filtered() bool {
	return slices.ContainsFunc(filters, func(name string) bool { return v.query.Get(name) != "" })
}

// Everything is the address without a filter.
func (v *page) Everything() string {
	return v.link("provider", "", "project", "", "status", "", "q", "", "page", "")
}
