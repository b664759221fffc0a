package rpc

import (
	"slices"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

// filter is the tables of an at-most-once server: seen, which calls began, and
// old, what the finished ones were answered (I2).
type filter struct {
	clients map[node.Addr]*table
	most    int // clients
	depth   int // calls of a client above its mark
}

// table is what is known of one client's calls.
type table struct {
	mark    uint64 // of calls up to it nothing is known any more
	numbers []uint64
	calls   map[uint64]*call
}

// call is one that began. Its reply is nil while it is pending.
type call struct {
	reply   *Reply
	waiting []node.Addr // copies' callers, to be told when it is finished
}

// maxWaiting bounds the callers of one pending call that are told; others ask
// again.
const maxWaiting = 16

func newFilter(most, depth int) *filter {
	return &filter{clients: map[node.Addr]*table{}, most: most, depth: depth}
}

// verdict is what to do with a request.
type verdict uint8

const (
	begin  verdict = iota // it is new: run it
	repeat                // answer with the stored reply
	hold                  // it is running: answer when it is finished
	stale                 // at or below the mark
	full                  // a bound is reached
)

// admit judges a request, and takes notice of its mark. It changes the tables
// only for what it lets begin.
func (f *filter) admit(from node.Addr, r *Request) (verdict, *Reply) {
	t := f.clients[r.ID.Client]
	if t == nil {
		if len(f.clients) >= f.most {
			return full, nil
		}
		t = &table{calls: map[uint64]*call{}}
		f.clients[r.ID.Client] = t
	}
	f.discard(t, r)
	//parley:rule rpc.atmostonce.discard-by-watermark force=false
	if r.ID.Client != "" && r.ID.Number <= t.mark {
		return stale, nil
	}
	//parley:rule rpc.atmostonce.xid-filter rpc.exactlyonce.retry-plus-filter value=(*call)(nil)
	known := t.calls[r.ID.Number]
	switch {
	case known == nil && len(t.calls) >= f.depth && !t.next(r.ID):
		return full, nil
	case known == nil:
		return begin, nil
	case known.reply != nil:
		return repeat, known.reply
	}
	if from != "" && len(known.waiting) < maxWaiting && !slices.Contains(known.waiting, from) {
		known.waiting = append(known.waiting, from)
	}
	return hold, nil
}

// next tells whether a call is the oldest that its client has under way. There is
// always room for that one: as long as it is not through, the mark does not
// move, so if later ones could keep it out the table would stay full for ever.
func (t *table) next(id XID) bool { return id.Client != "" && id.Number == t.mark+1 }

// discard forgets the calls up to the request's mark, but never the mark: a copy
// of theirs may still be on its way. Random numbers have no order and no mark.
func (f *filter) discard(t *table, r *Request) {
	if r.ID.Client == "" || r.Mark <= t.mark {
		return
	}
	t.mark = r.Mark
	n := 0
	for n < len(t.numbers) && t.numbers[n] <= t.mark {
		delete(t.calls, t.numbers[n])
		n++
	}
	t.numbers = slices.Delete(t.numbers, 0, n)
}

// start marks a call as pending.
func (f *filter) start(id XID) { f.clients[id.Client].enter(id.Number) }

func (t *table) enter(number uint64) *call {
	at, found := slices.BinarySearch(t.numbers, number)
	if !found {
		t.numbers = slices.Insert(t.numbers, at, number)
	}
	c := &call{}
	t.calls[number] = c
	return c
}

// finish stores a reply and returns who else waits for it. Nothing is kept of a
// call that the client has given up meanwhile.
func (f *filter) finish(r *Reply) []node.Addr {
	t := f.clients[r.ID.Client]
	if t == nil || r.ID.Client != "" && r.ID.Number <= t.mark {
		return nil
	}
	c := t.calls[r.ID.Number]
	if c == nil {
		c = t.enter(r.ID.Number)
	}
	waiting := c.waiting
	c.reply, c.waiting = r, nil
	return waiting
}

// forget gives up a client's table, its mark included, unless a call is pending. It
// reports whether there was one.
func (f *filter) forget(client node.Addr) bool {
	t := f.clients[client]
	if t == nil || client == "" {
		return false
	}
	for _, n := range t.numbers {
		if t.calls[n].reply == nil {
			return false
		}
	}
	delete(f.clients, client)
	return true
}

// tables is a filter in a checkpoint.
type tables struct {
	Clients []clientState `wire:"1"`
}

type clientState struct {
	Client  node.Addr `wire:"1"`
	Mark    uint64    `wire:"2"`
	Replies []*Reply  `wire:"3"`
	Pending []uint64  `wire:"4"`
}

var _ = wire.Register[tables]("rpc.tables")

// state returns the tables in the order of the clients' addresses.
func (f *filter) state() *tables {
	s := &tables{}
	for _, name := range sortedKeys(f.clients) {
		t := f.clients[name]
		c := clientState{Client: name, Mark: t.mark}
		for _, n := range t.numbers {
			if r := t.calls[n].reply; r != nil {
				c.Replies = append(c.Replies, r)
			} else {
				c.Pending = append(c.Pending, n)
			}
		}
		s.Clients = append(s.Clients, c)
	}
	return s
}

func (f *filter) restore(s *tables) {
	for _, c := range s.Clients {
		f.clients[c.Client] = &table{mark: c.Mark, calls: map[uint64]*call{}}
		for _, r := range c.Replies {
			f.start(r.ID)
			f.finish(r)
		}
		for _, n := range c.Pending {
			f.start(XID{c.Client, n})
		}
	}
}

func sortedKeys(m map[node.Addr]*table) []node.Addr {
	keys := make([]node.Addr, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// Remembers returns of how many calls the server's tables know, and of how many
// clients: what its promise costs in memory. Both are 0 under AtLeastOnce.
func (s *Server) Remembers() (calls, clients int) {
	if s.filter == nil {
		return 0, 0
	}
	for _, t := range s.filter.clients {
		calls += len(t.calls)
	}
	return calls, len(s.filter.clients)
}
