package kv

// Cleaning takes the slab that has the least left in it, moves that to the end
// of the arena and gives the slab up. It goes on, some records with each
// command, as long as more than a fifth of the arena is waste. It moves bytes
// only: the state and every answer stay the same, so replicas need not clean in
// step.
const (
	cleanPerCommand = 16
	cleanInHaste    = 64 // when more than half is waste
)

// wasted returns how many bytes of slabs belong to no version.
func (a *arena) wasted() int64 { return a.total - a.living }

// clean looks at the next records of the slab that is being cleaned.
func (s *Store) clean() {
	a := s.arena
	if a.victim < 0 && !a.choose() {
		return
	}
	n := cleanPerCommand
	if a.wasted() > a.total/2 {
		n = cleanInHaste
	}
	for ; n > 0; n-- {
		r, v, ok := a.next()
		if !ok {
			a.finish()
			return
		}
		s.move(r, v)
	}
}

// choose picks the slab to clean, if there is enough waste.
func (a *arena) choose() bool {
	if a.wasted() <= a.total/5+2*int64(a.most) {
		return false
	}
	least := 0.9 // fuller ones are not worth the work
	for i, slab := range a.slabs {
		if slab == nil || i == a.open {
			continue
		}
		if full := float64(a.alive[i]) / float64(len(slab)); full < least {
			a.victim, a.reached, least = i, 0, full
		}
	}
	return a.victim >= 0
}

// next returns the record that the cleaner has reached, dead or alive. Behind
// the last record of a slab there are zeroes, the length of no version.
func (a *arena) next() (ref, version, bool) {
	slab := a.slabs[a.victim]
	if a.reached >= len(slab) || slab[a.reached] == 0 {
		return 0, "", false
	}
	r := ref(a.victim)<<32 | ref(a.reached)
	_, v := a.stored(r)
	a.reached += a.recordSize(len(v))
	return r, a.head(r), true
}

func (a *arena) finish() {
	cleaned := a.victim
	if a.alive[cleaned] != 0 {
		panic("kv: a cleaned slab still holds something")
	}
	a.victim = -1
	a.drop(cleaned)
}

// move copies a version to the end of the arena, if something refers to it, and
// makes that refer to the copy.
func (s *Store) move(r ref, v version) {
	p := probeOf(v)
	home := s.live
	if at, ok := home.lookup(p); !ok || at != r {
		home = s.history
		if at, ok := home.lookup(p); !ok || at != r {
			return
		}
	}
	copied := s.arena.relocate(r)
	home.set(copied)
	if at := v.place(); s.trimmed.before(at) {
		s.changes.moved(at, r, copied)
	}
}
