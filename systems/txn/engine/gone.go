package engine

import (
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// gone returns the first key of a range, which the tree has none of now, that existed
// in the snapshot.
func (s *Reader) gone(r scheme.Range) (key []byte, w state, found bool, err error) {
	if v, err := s.goneInMemory(r); err != nil {
		return nil, w, false, err
	} else if v != nil {
		key, w, found = []byte(v.key), state{v.before, v.found}, true
		r = before(r, key)
	}
	if len(s.d.versions.runs) == 0 {
		return key, w, found, nil
	}
	for _, p := range s.inRuns() {
		k, was, is, err := s.goneIn(p, r)
		if err != nil {
			return nil, w, false, err
		}
		if is {
			key, w, found = k, was, true
			r = before(r, key)
		}
	}
	return key, w, found, nil
}

// goneInMemory looks at the versions in memory alone; what is on the disk comes ahead
// of them, key by key.
func (s *Reader) goneInMemory(r scheme.Range) (found *version, err error) {
	visit := func(key string) bool {
		switch {
		case r.Reverse && r.To != nil && key == string(r.To):
			return true // the bound itself is not in the range
		case !r.Contains([]byte(key)):
			return false
		}
		if f := s.first(s.d.versions.byKey[key]); f != nil && f.found {
			var older bool
			if len(s.d.versions.runs) > 0 {
				_, older, err = s.onDisk([]byte(key))
			}
			if !older {
				found = f
			}
		}
		return found == nil && err == nil
	}
	gone := s.d.versions.gone
	switch {
	case gone.Len() == 0:
	case !r.Reverse:
		gone.Ascend(string(r.From), visit)
	case r.To != nil:
		gone.Descend(string(r.To), visit)
	default:
		gone.Reverse(visit)
	}
	return found, err
}

// goneIn looks at the keys of a run.
func (s *Reader) goneIn(p *reading, r scheme.Range) (key []byte, w state, found bool, err error) {
	for {
		if r.Reverse {
			key, err = p.Below(r.To)
		} else {
			key, err = p.From(r.From)
		}
		if err != nil || key == nil || !r.Contains(key) {
			return nil, w, false, err
		}
		w, _, err := s.was(key)
		if err != nil || w.found {
			return key, w, w.found, err
		}
		r = beyond(r, key)
	}
}
