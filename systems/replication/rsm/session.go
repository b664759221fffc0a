package rsm

import (
	"container/list"

	"github.com/parleysystems/parley/node"
)

// sessions is the table that makes execution exactly-once: for every session
// what it has executed and what came of it. It is replicated state, so nothing
// here may depend on anything but the sequence of calls.
//
// A table at work holds, per session, the results above its owner's Acked; that
// is what the owner has outstanding, plus what it has not yet mentioned.
type sessions struct {
	byID  map[uint64]*session
	used  *list.List // of *session, the one used longest ago first
	limit int        // as the latest OpenSession had it
	next  uint64     // what the id of the next session is made of, at least
}

// session is one owner's history. The i-th of results belongs to sequence
// number acked+1+i.
type session struct {
	id      uint64
	owner   node.Addr // who opened it, if the engine tells; else ""
	acked   uint64
	results deque[outcome]
	place   *list.Element
}

type outcome struct {
	executed bool
	result   []byte
}

func newSessions() *sessions {
	return &sessions{byID: map[uint64]*session{}, used: list.New(), next: 1}
}

// open makes the session that an item at a place of the log asks for, and returns its
// id.
func (t *sessions) open(index Index, it item) uint64 {
	t.limit = int(max(1, min(it.bound(), 1<<20)))
	id := t.name(index, it)
	for t.used.Len() >= t.limit {
		t.expire(t.used.Front())
	}
	t.insert(&session{id: id})
	return id
}

// name makes an id of the place in the log, or the next free number if the entry there
// opens several, and of the number that its owner has drawn. Two of one owner's are
// never the same, and nobody else can guess one: to name a session is to own it, and
// one command that claims to have all results would spoil it.
func (t *sessions) name(index Index, it item) (id uint64) {
	t.next = max(t.next, uint64(index))
	for id == 0 || t.byID[id] != nil {
		if id = t.next; it.acked&named != 0 {
			id = scramble(it.seq + t.next*0x9e3779b97f4a7c15)
		}
		t.next++
	}
	return id
}

// scramble is a permutation without a visible pattern (Stafford's thirteenth variant of
// MurmurHash3's finalizer, as in SplitMix64).
func scramble(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

func (t *sessions) insert(s *session) {
	s.place = t.used.PushBack(s)
	t.byID[s.id] = s
}

func (t *sessions) expire(e *list.Element) {
	delete(t.byID, e.Value.(*session).id)
	t.used.Remove(e)
}

// execute runs the command unless it was run already, and returns the result of
// its one execution. A command at or below Acked is a late copy of one whose
// owner has its result or gave it up: nobody waits, and it must not run (I3).
func (t *sessions) execute(it item, run func(body []byte) []byte) ([]byte, error) {
	s := t.byID[it.session]
	if s == nil {
		return nil, ErrSessionExpired
	}
	t.used.MoveToBack(s.place)
	s.acknowledge(it.acked)
	if it.seq <= s.acked || it.seq > s.acked+Window {
		return nil, ErrUnknown
	}
	o := s.outcome(it.seq)
	//parley:rule raft.client.exactly-once force=false
	if o.executed {
		return o.result, nil
	}
	*o = outcome{executed: true, result: run(it.body)}
	return o.result, nil
}

// find returns the result of a command that was executed.
func (t *sessions) find(id, seq uint64) ([]byte, bool) {
	s := t.byID[id]
	if s == nil || seq <= s.acked || seq-s.acked > uint64(s.results.len()) {
		return nil, false
	}
	o := s.results.at(int(seq - s.acked - 1))
	return o.result, o.executed
}

// acknowledge drops the results up to seq.
func (s *session) acknowledge(seq uint64) {
	if seq <= s.acked {
		return
	}
	s.results.drop(int(min(seq-s.acked, uint64(s.results.len()))))
	s.acked = seq
}

func (s *session) outcome(seq uint64) *outcome {
	i := int(seq - s.acked - 1)
	for s.results.len() <= i {
		s.results.push(outcome{})
	}
	return s.results.at(i)
}
