package enginetest

import (
	"errors"
	"slices"

	"github.com/parleysystems/parley/systems/txn/scheme"
)

// Snapshots are held for some time beside the units of work, and read again and again.
const (
	mostHeld    = 3
	longestHeld = 50 // commits
)

// snapshot takes a snapshot or picks one, reads it, compares it with the state that it
// must show, and closes it or not.
func (l *Load) snapshot() error {
	s, err := l.choose()
	if _, waits := scheme.Waiting(err); waits {
		l.waited++
		l.marks("versions were given up", true)
		return nil // until a unit ends that may be ours
	}
	if err != nil {
		return err
	}
	if err := l.poll(); err != nil {
		return err
	}
	for range l.IntN(4) {
		l.host.Step()
	}
	spilled := l.db.Stats().Spilled > 0
	got, err := l.read(s)
	if errors.Is(err, scheme.ErrTooOld) {
		l.tooOld++
		l.marks("a snapshot became too old", true)
		s.Close()
		return nil
	}
	if err == nil {
		err = l.judge(s, got)
	}
	l.marks("a snapshot beside versions on the disk", spilled)
	old := int(s.Seq())+longestHeld < l.model.Acked
	if !old && len(l.held) < mostHeld && l.IntN(3) > 0 {
		l.held = append(l.held, s)
		return err
	}
	s.Close()
	return err
}

// choose returns a snapshot that is held, or a new one.
func (l *Load) choose() (scheme.Snapshot, error) {
	if n := len(l.held); n == mostHeld || n > 0 && l.IntN(2) == 0 {
		i := l.IntN(n)
		s := l.held[i]
		l.held = slices.Delete(l.held, i, i+1)
		return s, nil
	}
	return l.db.Snapshot()
}

// read reads all that a snapshot shows, and each key again by its name.
func (l *Load) read(s scheme.Snapshot) (State, error) {
	got := State{}
	r := scheme.Range{Reverse: l.IntN(2) == 0}
	for {
		var key, value string
		var found bool
		err := l.resolve(func() error {
			k, v, f, err := s.Seek(r)
			key, value, found = string(k), string(v), f
			return err
		})
		if err != nil || !found {
			return got, errors.Join(err, l.again(s, got))
		}
		got[key] = value
		if r.Reverse {
			r.To = []byte(key)
		} else {
			r.From = append([]byte(key), 0)
		}
	}
}

// again asks for some keys, there or not.
func (l *Load) again(s scheme.Snapshot, got State) error {
	for range 3 {
		key := l.knobs.Key(l.Rand)
		var value string
		var found bool
		err := l.resolve(func() error {
			v, f, err := s.Get([]byte(key))
			value, found = string(v), f
			return err
		})
		if err != nil {
			return err
		}
		if want, is := got[key]; is != found || want != value {
			return errors.New("a snapshot: key " + key + " is " + shown(value, found) + " by itself, and in a walk " + shown(want, is))
		}
	}
	return nil
}

func (l *Load) resolve(read func() error) error {
	return l.do(func() error { return scheme.Resolve(read) })
}
