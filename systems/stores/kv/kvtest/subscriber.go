package kvtest

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/parleysystems/parley/systems/stores/kv"
)

// subscriber watches an interval at some replica. It reads in turns, and what
// does not fit between two of them makes it fall behind; now and then it goes to
// another replica, or has to, and takes up where it left off.
type subscriber struct {
	all      *subscribers
	number   int
	rand     *rand.Rand
	query    kv.WatchRequest
	turn     time.Duration // between two turns
	most     int           // batches that fit in between
	restless float64       // how often it goes elsewhere, by turns

	have    kv.Revision // up to here it has everything
	watcher *kv.Watcher // nil while it has none
	at      *member     // whose watcher it is
	host    string
	room    int
	got     []delivery

	cancelled map[*kv.Watcher]bool
}

// delivery is a batch, and from where on it continues.
type delivery struct {
	after, to kv.Revision
	events    []kv.Event
	pulled    bool
	// compacted is set if instead the watch ended because what it wanted was gone.
	compacted kv.Revision
	// state is, after that, what the subscriber read at revision to.
	state *kv.RangeResult
}

// subscribers are all of them.
type subscribers struct {
	group     *Group
	list      []*subscriber
	violation string
	moved     int // went on at another replica
	fell      int // fell behind
	compacted int // found that what they wanted was gone
}

// watched are the intervals that are subscribed to.
var watched = []kv.WatchRequest{
	{Key: []byte("k"), RangeEnd: []byte("l")},
	{Key: []byte("k0")},
	{Key: []byte{0}, RangeEnd: []byte{0}},
	{Key: []byte("lease/"), RangeEnd: []byte("lease0")},
	{Key: []byte("k0"), RangeEnd: []byte("lock\x00")},
	{Key: []byte("side/"), RangeEnd: []byte("side0")},
}

func (g *Group) subscribe(seed uint64, n int, restless float64) *subscribers {
	all := &subscribers{group: g}
	for i := range n {
		r := draws(seed, 7, i)
		s := &subscriber{
			all: all, number: i, rand: r, query: watched[r.IntN(len(watched))],
			turn: between(r, time.Millisecond, 400*time.Millisecond), most: 1 + r.IntN(8), restless: restless, have: 1,
			cancelled: map[*kv.Watcher]bool{},
		}
		s.query.PrevKV = r.IntN(2) == 0
		s.query.NoPut, s.query.NoDelete = r.IntN(8) == 0, r.IntN(8) == 0
		s.query.Sink = s
		all.list = append(all.list, s)
		s.later()
	}
	return all
}

func (s *subscriber) breach(format string, args ...any) {
	if s.all.violation == "" {
		s.all.violation = fmt.Sprintf("watch %d: ", s.number) + fmt.Sprintf(format, args...)
	}
}

func (s *subscriber) later() { s.all.group.World.After(s.turn, s.take) }

// take is a turn.
func (s *subscriber) take() {
	defer s.later()
	s.room = s.most
	if s.watcher != nil && s.rand.Float64() < s.restless {
		s.leave()
	}
	if s.watcher == nil {
		s.connect()
		return
	}
	if !s.all.group.do(s.host, s.read) {
		s.watcher = nil // the host is down
	}
}

func (s *subscriber) leave() {
	s.all.group.do(s.host, func(m *member) {
		if m == s.at {
			s.watcher.Cancel()
			s.cancelled[s.watcher] = true
		}
	})
	s.watcher = nil // if the host is paused, one will go on there that nobody hears
}

func (s *subscriber) connect() {
	hosts := s.all.group.hosts
	s.host = hosts[s.rand.IntN(len(hosts))]
	s.all.group.do(s.host, func(m *member) {
		q := s.query
		q.Start = s.have + 1
		if s.at != m {
			s.all.moved++
		}
		s.at, s.watcher = m, m.store.Watch(q)
	})
}

// read pulls what the subscriber missed, or else learns how far it is.
func (s *subscriber) read(m *member) {
	if m != s.at {
		s.watcher = nil // the host has been down meanwhile
		return
	}
	for s.room > 0 && !s.watcher.InStep() {
		s.room--
		b := s.watcher.Pull()
		if b.Compacted != 0 {
			s.resync(m, b.Compacted)
			return
		}
		s.accept(b, true)
	}
	if s.watcher.InStep() {
		s.have = max(s.have, s.watcher.Progress())
	}
}

// resync reads the state as it is, as a client must whose watch is over, and goes
// on from there.
func (s *subscriber) resync(m *member, compacted kv.Revision) {
	s.all.compacted++
	state := m.store.Query(&kv.Range{Key: s.query.Key, RangeEnd: s.query.RangeEnd}).(*kv.RangeResult)
	s.got = append(s.got, delivery{after: s.have, to: state.Revision, compacted: compacted, state: state})
	s.have, s.watcher = state.Revision, nil
}

func (s *subscriber) accept(b kv.Batch, pulled bool) {
	if len(b.Events) > 0 {
		s.got = append(s.got, delivery{after: s.have, to: b.Revision, events: b.Events, pulled: pulled})
	}
	if b.Revision > s.have {
		s.gap(b)
		s.have = b.Revision
	}
}

// gap notes that a batch without events says that there were none.
func (s *subscriber) gap(b kv.Batch) {
	if len(b.Events) == 0 {
		s.got = append(s.got, delivery{after: s.have, to: b.Revision})
	}
}

// Deliver implements kv.Sink.
func (s *subscriber) Deliver(w *kv.Watcher, b kv.Batch) bool {
	if s.cancelled[w] {
		s.breach("a batch at %d for a watch that was cancelled", b.Revision)
	}
	if w != s.watcher {
		return true
	}
	if s.room == 0 {
		s.all.fell++
		return false
	}
	s.room--
	s.accept(b, false)
	return true
}

// Behind implements kv.Sink.
func (s *subscriber) Behind(*kv.Watcher) { s.all.fell++ }

// caughtUp tells whether all have everything up to a revision.
func (all *subscribers) caughtUp(r kv.Revision) error {
	for _, s := range all.list {
		if s.have < r {
			return fmt.Errorf("watch %d has %d of %d revisions", s.number, s.have, r)
		}
	}
	return nil
}
