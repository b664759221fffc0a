package mvcc

import (
	"slices"

	"github.com/tidwall/btree"

	"github.com/parleysystems/parley/blocks/arena"
	"github.com/parleysystems/parley/blocks/keyed"
	"github.com/parleysystems/parley/systems/txn/scheme"
	"github.com/parleysystems/parley/systems/txn/workspace"
)

// Options are what a scheme is made with.
type Options struct {
	// Memory is how many bytes versions may take; 0 means 64 MiB.
	Memory int
	// Late is how far behind the newest timestamp those may be that begin with one of
	// their own, where timestamps are not drawn here alone. Until they are farther
	// behind, transactions that are at an end are kept in mind for their sake.
	Late Timestamp
}

// Scheme is multi-version timestamp ordering over a store. It has one owner.
type Scheme struct {
	store   scheme.Store
	options Options
	last    Timestamp // the newest there was
	floor   Timestamp // what was before is forgotten
	objects keyed.Table[object]
	written *btree.Map[string, *object] // of them, those with versions that the store may not show: for scans, from the first one on until there is no object
	window  []*Txn                      // by timestamp, from the oldest that runs
	text    arena.Text                  // of keys
	key     []byte                      // room for one
	turn    workspace.Turn
	memory  int // of versions and keys
	spent   spent
	stats   Stats
}

// Stats count what the rules decided.
type Stats struct {
	Commits int
	// TooLate counts writes that were refused, Waited reads that found a pending
	// version, Overtaken versions that were committed behind a newer one.
	TooLate, Waited, Overtaken int
	// Crowded counts transactions that were aborted for want of memory, TooOld those
	// that began with a timestamp before all that is kept.
	Crowded, TooOld int
}

// New returns the scheme over a store.
func New(store scheme.Store, o Options) *Scheme {
	if o.Memory == 0 {
		o.Memory = 64 << 20
	}
	return &Scheme{store: store, options: o}
}

// Name implements scheme.Scheme.
func (s *Scheme) Name() string { return "mvto" }

// Unordered implements scheme.Unordered: who is older may commit later.
func (s *Scheme) Unordered() {}

// Stats returns what was counted.
func (s *Scheme) Stats() Stats { return s.stats }

// Memory returns about how many bytes versions take.
func (s *Scheme) Memory() int { return s.memory }

// Begin implements scheme.Scheme. One that is tried again is as young as any other.
func (s *Scheme) Begin(o scheme.Options) scheme.Txn {
	t := s.spent.txns.Take()
	*t = Txn{s: s, id: s.store.NewID(), ts: Timestamp(o.Timestamp), readOnly: o.ReadOnly}
	if t.ts == 0 {
		//parley:rule mvcc.timestamps.read-and-write-ts drop
		s.last++
		t.ts = s.last
	}
	s.last = max(s.last, t.ts)
	if t.ts < s.floor {
		s.stats.TooOld++
		t.doomed, t.behind = &scheme.Abort{Reason: "too old to begin"}, true
		return t
	}
	at := len(s.window)
	for at > 0 && s.window[at-1].ts > t.ts {
		at--
	}
	s.window = slices.Insert(s.window, at, t)
	t.lists = s.spent.lists.Take()
	return t
}

// collect moves the horizon on to the oldest transaction that runs, or may begin, and
// prunes what those behind it have touched.
func (s *Scheme) collect() {
	n := 0
	for n < len(s.window) && s.window[n].gone() && s.window[n].ts < s.begins() {
		n++
	}
	if n == 0 {
		return
	}
	behind := s.window[:n]
	s.window = s.window[n:]
	s.floor = s.Horizon()
	for _, t := range behind {
		for _, o := range t.touched {
			s.prune(o, s.floor)
		}
		if t.doomed == nil {
			s.spent.empty(&t.lists)
		}
		if t.behind = true; t.spent {
			s.spent.end(t)
		}
	}
	clear(behind)
}

// Reuse implements scheme.Reuser. Who began later may still ask for what the transaction
// has read and written, until it is behind the horizon.
func (s *Scheme) Reuse(tx scheme.Txn) {
	t, ok := tx.(*Txn)
	if !ok || t.s != s || t.phase != over {
		return
	}
	if units, ok := s.store.(scheme.Reuser[scheme.Unit]); ok && t.unit != nil {
		units.Reuse(t.unit)
		t.unit = nil
	}
	if t.spent = true; t.behind {
		s.spent.end(t)
	}
}

// begins returns the least timestamp that may begin.
func (s *Scheme) begins() Timestamp { return s.last + 1 - min(s.options.Late, s.last+1) }

// Horizon returns the least timestamp of those who run, or will: what was read and
// written before is forgotten.
func (s *Scheme) Horizon() Timestamp {
	if len(s.window) > 0 {
		return min(s.window[0].ts, s.begins())
	}
	return s.begins()
}

// room makes room for what a transaction wants to keep, by aborting the oldest.
func (s *Scheme) room(t *Txn) error {
	for s.memory > s.options.Memory {
		oldest := s.oldest()
		if oldest.phase != modify || oldest == t {
			s.stats.Crowded++
			return &scheme.Abort{Reason: "too much memory for versions", Other: oldest.id}
		}
		s.stats.Crowded++
		oldest.doomed = &scheme.Abort{Reason: "too many versions since it began", Other: t.id}
		oldest.withdraw()
		s.collect()
	}
	return nil
}

// oldest returns the oldest transaction that runs; there is one.
func (s *Scheme) oldest() *Txn {
	return s.window[slices.IndexFunc(s.window, func(t *Txn) bool { return !t.gone() })]
}
