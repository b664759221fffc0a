package main

import "github.com/parleysystems/parley/kernel/experiment"

// experimentsByItem maps each item of the canon to the registered experiments
// that verify it.
func experimentsByItem() map[string][]string {
	by := map[string][]string{}
	for _, e := range experiment.All() {
		for _, id := range e.Canon {
			by[id] = append(by[id], e.ID())
		}
	}
	return by
}
