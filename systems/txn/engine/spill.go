package engine

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/parleysystems/parley/systems/txn/engine/history"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// run is versions on the disk, all that memory held at a moment. On one key no unit
// comes before another has ended (S1), so of two runs the older one has, key by key,
// the older versions, and memory has the newest.
type run struct {
	*history.Run
	id     int // in their order
	late   []late
	open   int        // of late, those that have not ended
	newest scheme.Seq // of the commits that its versions are of
}

// late is a unit that had not committed when a run was written.
type late struct {
	unit *unit      // nil once it has
	seq  scheme.Seq // of its commit; 0 if it was rolled back
}

// place is where a run notes what becomes of a unit.
type place struct {
	run *run
	at  int
}

// mostRuns bounds what snapshots take on the disk, as a multiple of Options.Versions.
const mostRuns = 256

// runs are files whose names begin with this.
const runPrefix = "versions/"

// sweep deletes the runs of an earlier incarnation.
func (d *Database) sweep() error {
	names, err := d.host.Disk().List(runPrefix)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := d.host.Disk().Remove(name); err != nil {
			return err
		}
	}
	return nil
}

// spill moves all versions from memory to the disk. If there is no place for them, the
// oldest snapshots become too old, and in the end all.
func (d *Database) spill() {
	s := &d.versions
	if len(s.runs) >= mostRuns && !s.shed(d.durable) {
		s.flood()
		return
	}
	s.changes++
	r := &run{id: s.changes}
	file, err := history.Write(d.host.Disk(), fmt.Sprint(runPrefix, r.id), s.entries(r))
	if err != nil { // a full disk, perhaps: nobody but snapshots needs it
		s.flood()
		return
	}
	r.Run = file
	for i := range r.late {
		u := r.late[i].unit
		u.late = append(u.late, place{r, i})
	}
	s.runs = append(s.runs, r)
	s.clear()
}

// entries returns the versions in memory in the order of a run, and notes in r whose
// they are.
func (s *versions) entries(r *run) iter.Seq[history.Entry] {
	newest := make([]*version, 0, len(s.byKey))
	for _, v := range s.byKey {
		newest = append(newest, v)
	}
	//parley:noties every key is there once
	slices.SortFunc(newest, func(a, b *version) int { return strings.Compare(a.key, b.key) })
	number := map[*unit]int{}
	return func(yield func(history.Entry) bool) {
		for _, v := range newest {
			for v.older != nil {
				v = v.older
			}
			for ; v != nil; v = v.newer {
				e := history.Entry{Key: []byte(v.key), Before: v.before, Found: v.found, Unit: r.number(number, v.unit)}
				if !yield(e) {
					return
				}
			}
		}
	}
}

// number returns how a run names a unit.
func (r *run) number(known map[*unit]int, u *unit) history.Unit {
	if u.seq != 0 {
		r.newest = max(r.newest, u.seq)
		return history.Unit{Number: uint64(u.seq)}
	}
	at, is := known[u]
	if !is {
		at = len(r.late)
		known[u] = at
		r.late = append(r.late, late{unit: u})
		r.open++
	}
	return history.Unit{Number: uint64(at), Late: true}
}

// settle tells the runs that have versions of a unit of its commit, or with 0 of its
// rollback.
func (u *unit) settle(seq scheme.Seq) {
	for _, p := range u.late {
		p.run.late[p.at] = late{seq: seq}
		p.run.open--
		p.run.newest = max(p.run.newest, seq)
	}
	u.late = nil
}

// needed tells whether a snapshot as of a commit may need the run.
func (r *run) needed(seq scheme.Seq) bool { return r.open > 0 || r.newest > seq }

// discard drops the runs that no snapshot as of a commit, or a later one, needs.
func (s *versions) discard(horizon scheme.Seq) {
	kept := s.runs[:0]
	for _, r := range s.runs {
		if r.needed(horizon) {
			kept = append(kept, r)
			continue
		}
		r.drop()
		s.changes++
	}
	clear(s.runs[len(kept):])
	s.runs = kept
}

func (s *versions) discardAll() {
	for _, r := range s.runs {
		r.drop()
	}
	s.runs = nil
}

// drop gives the space back. A file that stays is swept away by the next Open.
func (r *run) drop() { _ = r.Drop() }

// shed gives up the oldest run, and the snapshots that need it. It returns false if new
// snapshots would need it too.
func (s *versions) shed(durable scheme.Seq) bool {
	r := s.runs[0]
	if r.needed(durable) {
		return false
	}
	s.floor = max(s.floor, r.newest)
	s.discard(s.floor)
	return true
}
