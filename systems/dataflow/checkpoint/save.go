package checkpoint

import (
	"fmt"
	"slices"
)

// Save makes parts the state of an epoch and runs done once it counts, durably, or
// with what was wrong. The parts must not change before that. What is wrong with
// the call itself is returned, and done does not run then.
func (s *Store) Save(epoch uint64, parts []Part, done func(error)) error {
	if s.saving {
		return ErrBusy
	}
	if epoch <= s.newest {
		return fmt.Errorf("checkpoint: save epoch %d after %d: %w", epoch, s.newest, ErrOld)
	}
	m := &manifest{Epoch: epoch}
	for _, p := range parts {
		if err := checkPart(p, m); err != nil {
			return fmt.Errorf("checkpoint: save epoch %d: %w", epoch, err)
		}
		m.Parts = append(m.Parts, entry{p.Name, int64(len(p.Data)), sum(p.Data)})
	}
	s.newest, s.saving = epoch, true
	v := &saving{store: s, manifest: m, parts: parts, done: done}
	v.next(0)
	return nil
}

func checkPart(p Part, m *manifest) error {
	if len(p.Data) > MaxPart {
		return fmt.Errorf("part %q has %d bytes, the limit is %d", p.Name, len(p.Data), MaxPart)
	}
	if p.Name == "" || p.Name == "ok" || p.Name == "new" || len(p.Name) > 100 {
		return fmt.Errorf("part name %q: need 1 to 100 characters, and not ok or new", p.Name)
	}
	for _, c := range []byte(p.Name) {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && c != '-' && c != '_' {
			return fmt.Errorf("part name %q: only letters, digits, '-' and '_'", p.Name)
		}
	}
	if slices.ContainsFunc(m.Parts, func(e entry) bool { return e.Name == p.Name }) {
		return fmt.Errorf("two parts are called %q", p.Name)
	}
	return nil
}

// saving is a Save under way.
type saving struct {
	store    *Store
	manifest *manifest
	parts    []Part
	done     func(error)
}

// next writes the parts from i on, one after the other, and then the manifest,
// which must not be there before any of them is durable (C1).
func (v *saving) next(i int) {
	epoch := v.manifest.Epoch
	if i < len(v.parts) {
		v.write(v.store.name(epoch, v.parts[i].Name), v.parts[i].Data, func() { v.next(i + 1) })
		return
	}
	fresh := v.store.name(epoch, "new")
	v.write(fresh, v.manifest.encode(), func() {
		v.store.fs.Rename(fresh, v.store.name(epoch, "ok"), v.end)
	})
}

// write makes a file and its bytes durable, and goes on.
func (v *saving) write(name string, data []byte, then func()) {
	f, err := v.store.fs.Create(name)
	if err != nil {
		v.end(err)
		return
	}
	if _, err := f.WriteAt(data, 0); err != nil {
		f.Close()
		v.end(err)
		return
	}
	f.Sync(func(err error) {
		f.Close()
		if err != nil {
			v.end(err)
			return
		}
		then()
	})
}

func (v *saving) end(err error) {
	s := v.store
	s.saving = false
	if err != nil {
		s.remove(func(epoch uint64) bool { return epoch == v.manifest.Epoch }) // it may have taken the last of the room
		v.done(fmt.Errorf("checkpoint: save epoch %d: %w", v.manifest.Epoch, err))
		return
	}
	s.prune()
	v.done(nil)
}

// prune removes what is older than the epochs to keep. That it fails, or that a
// crash brings some of it back, does no harm: it is removed the next time.
func (s *Store) prune() {
	whole, err := s.epochs()
	if err != nil || len(whole) <= s.keep {
		return
	}
	oldest := whole[s.keep-1]
	s.remove(func(epoch uint64) bool { return epoch < oldest })
}

// remove deletes files of epochs: manifests first, so that no manifest is ever
// without its parts.
func (s *Store) remove(which func(epoch uint64) bool) {
	names, err := s.fs.List(s.dir + "/")
	if err != nil {
		return
	}
	for _, manifests := range []bool{true, false} {
		for _, name := range names {
			if epoch, suffix, ok := s.parse(name); ok && which(epoch) && (suffix == "ok") == manifests {
				_ = s.fs.Remove(name) // as prune says
			}
		}
	}
}
