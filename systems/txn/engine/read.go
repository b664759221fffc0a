package engine

import "github.com/parleysystems/parley/systems/txn/scheme"

// Get implements scheme.Store.
func (d *Database) Get(key []byte) (value []byte, found bool, err error) {
	if d.err != nil {
		return nil, false, d.err
	}
	return d.tree.Get(key)
}

// Seek implements scheme.Store.
func (d *Database) Seek(r scheme.Range) (key, value []byte, found bool, err error) {
	if d.err != nil {
		return nil, nil, false, d.err
	}
	return seek(d.tree.Seek, r)
}

type seeker func(key []byte, exact, reverse bool) (k, v []byte, found bool, err error)

// seek returns the first entry of a range.
func seek(next seeker, r scheme.Range) (key, value []byte, found bool, err error) {
	if r.Reverse {
		key, value, found, err = next(r.To, false, true)
	} else {
		key, value, found, err = next(r.From, true, false)
	}
	if err != nil || !found || !r.Contains(key) {
		return nil, nil, false, err
	}
	return key, value, true, nil
}

// beyond returns what is left of a range behind one of its keys.
func beyond(r scheme.Range, key []byte) scheme.Range {
	if r.Reverse {
		r.To = key
	} else {
		r.From = append(append(make([]byte, 0, len(key)+1), key...), 0)
	}
	return r
}
