package engine

import (
	"github.com/parleysystems/parley/systems/txn/engine/history"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// reading is a reader's place in a run.
type reading struct {
	*history.Cursor
	run *run
}

// inRuns returns the reader's places in the runs that it may need, the oldest run
// first. One that it does not need it never will.
func (s *Reader) inRuns() []*reading {
	v := &s.d.versions
	if s.seen == v.changes {
		return s.places
	}
	old := s.places
	s.places, s.seen = nil, v.changes
	for _, r := range v.runs {
		for len(old) > 0 && old[0].run.id < r.id {
			old = old[1:]
		}
		switch {
		case len(old) > 0 && old[0].run == r:
			s.places = append(s.places, old[0])
		case r.needed(s.seq):
			s.places = append(s.places, &reading{r.Cursor(), r})
		}
	}
	return s.places
}

// onDisk is was, of the versions on the disk: the oldest run that has one has the
// oldest.
func (s *Reader) onDisk(key []byte) (w state, kept bool, err error) {
	for _, p := range s.inRuns() {
		e, err := p.Find(key, func(u history.Unit) bool { return p.run.after(u, s.seq) })
		if err != nil {
			return w, false, err
		}
		if e != nil {
			return state{e.Before, e.Found}, true, nil
		}
	}
	return w, false, nil
}

// changedOnDisk is Changed, of the versions on the disk.
func (s *Reader) changedOnDisk(key []byte) (bool, error) {
	for _, p := range s.inRuns() {
		e, err := p.Find(key, func(u history.Unit) bool { return p.run.committedAfter(u, s.seq) })
		if e != nil || err != nil {
			return e != nil, err
		}
	}
	return false, nil
}

// after tells whether a unit changed its keys after a commit, or has not ended.
func (r *run) after(u history.Unit, seq scheme.Seq) bool {
	if !u.Late {
		return scheme.Seq(u.Number) > seq
	}
	l := r.late[u.Number]
	return l.unit != nil || l.seq > seq
}

// committedAfter tells whether a unit has committed, and after another commit.
func (r *run) committedAfter(u history.Unit, seq scheme.Seq) bool {
	return r.after(u, seq) && !(u.Late && r.late[u.Number].unit != nil)
}
