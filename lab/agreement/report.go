package agreement

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// Report is everything that was measured.
type Report struct {
	Costs  []Row
	Fits   []Fit
	Lived  []Life
	Commit Commit
}

// Row is the costs in a group of one size.
type Row struct {
	Protocol             Protocol
	Hosts                int
	Write                Cost
	Delay                time.Duration // of a write, where a sync takes as long as a link
	Loaded               Loaded
	Read, Elsewhere, Own Cost // linearizable at the leader and at another, and by lease at that other
}

// Life is what a protocol's clients saw of all days.
type Life struct {
	Protocol Protocol
	Seen     []Seen
}

// Measure makes the whole report. It calls progress before each step.
func Measure(progress func(string)) (Report, error) {
	var r Report
	for _, p := range Family {
		for _, n := range p.Sizes {
			progress(fmt.Sprintf("%s of %d: costs", p.Name, n))
			row, err := p.Costs(n)
			if err != nil {
				return r, err
			}
			r.Costs = append(r.Costs, row)
		}
		progress(p.Name + ": beside the paper")
		fit, err := p.Fits()
		if err != nil {
			return r, err
		}
		r.Fits = append(r.Fits, fit)
		progress(p.Name + ": days")
		seen, err := p.Live()
		if err != nil {
			return r, err
		}
		r.Lived = append(r.Lived, Life{p, seen})
	}
	progress("two-phase commit")
	c, err := Commits()
	r.Commit = c
	return r, err
}

// Costs measures a group of n.
func (p Protocol) Costs(n int) (row Row, err error) {
	row.Protocol, row.Hosts = p, n
	for _, m := range []struct {
		into *Cost
		by   func() (Cost, error)
	}{
		{&row.Write, func() (Cost, error) { return p.Writes(n) }},
		{&row.Read, func() (Cost, error) { return p.Reads(n, rsm.Linearizable, false) }},
		{&row.Elsewhere, func() (Cost, error) { return p.Reads(n, rsm.Linearizable, true) }},
		{&row.Own, func() (Cost, error) { return p.Reads(n, rsm.Lease, true) }},
	} {
		if *m.into, err = m.by(); err != nil {
			return row, err
		}
	}
	if row.Delay, err = p.Delay(n); err == nil {
		row.Loaded, err = p.UnderLoad(n)
	}
	return row, err
}

// Broken returns the days on which a promise was not kept, and where what was measured
// is not what the papers say.
func (r Report) Broken() (all []string) {
	for _, f := range r.Fits {
		if misfit := f.Misfit(); misfit != "" {
			all = append(all, misfit)
		}
	}
	for _, l := range r.Lived {
		for _, s := range l.Seen {
			if s.Verdict != check.OK {
				all = append(all, fmt.Sprintf("%s, %s: %v: %s", l.Protocol.Name, s.Day, s.Verdict, s.Violation))
			}
		}
	}
	return all
}
