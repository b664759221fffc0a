package checkpoint

import (
	"errors"
	"fmt"
	"slices"
)

// Load returns the newest epoch that is whole (C2). The error wraps ErrNone if
// there is none, and then says also what was found damaged. Call it before the
// first Save of an incarnation: epochs go on from what it finds.
func (s *Store) Load() (State, error) {
	whole, err := s.epochs()
	if err != nil {
		return State{}, fmt.Errorf("checkpoint: list %s: %w", s.dir, err)
	}
	var damaged []error
	for _, epoch := range whole {
		s.newest = max(s.newest, epoch)
		state, err := s.load(epoch)
		if err != nil {
			damaged = append(damaged, fmt.Errorf("epoch %d: %w", epoch, err))
			continue
		}
		state.Damaged = damaged
		return state, nil
	}
	return State{Damaged: damaged}, errors.Join(append([]error{fmt.Errorf("checkpoint: %s: %w", s.dir, ErrNone)}, damaged...)...)
}

// epochs lists those with a manifest that counts, newest first.
func (s *Store) epochs() (whole []uint64, err error) {
	names, err := s.fs.List(s.dir + "/")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		epoch, suffix, ok := s.parse(name)
		if ok && suffix == "ok" {
			whole = append(whole, epoch)
		}
	}
	slices.Sort(whole)
	slices.Reverse(whole)
	return whole, nil
}

func (s *Store) load(epoch uint64) (State, error) {
	b, err := s.read(s.name(epoch, "ok"))
	if err != nil {
		return State{}, err
	}
	m, err := decode(b)
	if err != nil {
		return State{}, err
	}
	if m.Epoch != epoch {
		return State{}, fmt.Errorf("manifest is of epoch %d: %w", m.Epoch, ErrDamaged)
	}
	state := State{Epoch: epoch}
	for _, e := range m.Parts {
		data, err := s.read(s.name(epoch, e.Name))
		if err != nil {
			return State{}, fmt.Errorf("part %s: %w", e.Name, err)
		}
		if int64(len(data)) != e.Length || sum(data) != e.Sum {
			return State{}, fmt.Errorf("part %s: %w", e.Name, ErrDamaged)
		}
		state.Parts = append(state.Parts, Part{e.Name, data})
	}
	return state, nil
}
