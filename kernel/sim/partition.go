package sim

// Partition is a set of directed links to cut.
type Partition struct {
	cuts func(from, to *Host) bool
}

// Cut severs the given links until heal is called: nothing that they carry
// arrives meanwhile, not even what is on its way.
func (w *World) Cut(p Partition) (heal func()) {
	return w.impose(&rule{match: p.cuts, apply: func(s *shaped) { s.cut = true }})
}

// Halves splits hosts into two or more groups that do not reach each other.
// Hosts in no group reach everybody.
func Halves(groups ...[]string) Partition {
	side := map[string]int{}
	for i, group := range groups {
		for _, name := range group {
			side[name] = i + 1
		}
	}
	return Partition{func(from, to *Host) bool {
		a, b := side[from.name], side[to.name]
		return a != 0 && b != 0 && a != b
	}}
}

// Bridge splits two groups that only the hosts between them reach.
func Bridge(a, between, b []string) Partition {
	_ = between // they are in neither group, and so reach everybody
	return Halves(a, b)
}

// Ring lets each host reach only its two neighbours in the list.
func Ring(hosts ...string) Partition {
	position := map[string]int{}
	for i, name := range hosts {
		position[name] = i + 1
	}
	return Partition{func(from, to *Host) bool {
		a, b := position[from.name], position[to.name]
		if a == 0 || b == 0 || a == b {
			return false
		}
		distance := (a - b + len(hosts)) % len(hosts)
		return distance != 1 && distance != len(hosts)-1
	}}
}

// Isolate cuts each given host off from everybody, in both directions.
func Isolate(hosts ...string) Partition {
	alone := patternOf(hosts)
	return Partition{func(from, to *Host) bool { return alone[from.name] || alone[to.name] }}
}

// OneWay cuts the links from some hosts to others, and not those back. nil
// stands for all hosts.
func OneWay(from, to []string) Partition {
	var sources, sinks pattern
	if from != nil {
		sources = patternOf(from)
	}
	if to != nil {
		sinks = patternOf(to)
	}
	return Partition{func(a, b *Host) bool { return sources.match(a) && sinks.match(b) }}
}
