package divided

import (
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// Store is the rows of an owner.
type Store interface {
	scheme.Store
	// Warm is called with keys that are going to be used at once.
	Warm(keys [][]byte)
}

// Owner has a part of the rows, and a scheme for them. It is called by one after the
// other.
type Owner struct {
	number, owners int
	options        Options
	store          Store
	scheme         scheme.Scheme
	reuser         scheme.Reuser[scheme.Txn] // the scheme, if it is one
	send           func(to int, m Message)
	count          uint64         // of timestamps: no less than any that was heard of
	ready          []*branch      // whose tickets have fired
	running        []*Transaction // that it coordinates
	waiting        []*Transaction // of them, those whose own part something undecided was in the way of
	undecided      []undecided
	spent          spent
	keys           [][]byte // room for those of a part
	stats          Stats
}

// Stats count what an owner has done.
type Stats struct {
	// Committed and Aborted count the transactions that it coordinated.
	Committed, Aborted int
	// Yes and No count its votes, Waited how often a branch waited for a ticket, Again how
	// often a part was tried again, and Wounded how many transactions were given up while
	// they waited, since somebody older waited for them.
	Yes, No, Waited, Again, Wounded int
}

// Options are what an owner is made with.
type Options struct {
	// Again is how often a coordinator tries its own part again, after something has been
	// decided that may have been in the way, before it gives the transaction up. Under
	// timestamp ordering an abort is for good, and it never does.
	Again int
}

// NewOwner returns the owner of a number, from 0, of that many. Its scheme's transactions
// have to be scheme.Voters, and must not wait but for who is older by timestamp, or for the
// store. What it sends has to reach the other owner, after whatever delay.
func NewOwner(number, owners int, store Store, s scheme.Scheme, o Options, send func(to int, m Message)) *Owner {
	if _, unordered := s.(scheme.Unordered); unordered {
		o.Again = 0
	}
	reuser, _ := s.(scheme.Reuser[scheme.Txn])
	return &Owner{number: number, owners: owners, options: o, store: store, scheme: s, reuser: reuser, send: send}
}

// Stats returns what was counted.
func (o *Owner) Stats() Stats { return o.stats }

// Begin begins a transaction, or begins it again, with this owner as its coordinator. It
// must not be under way.
func (o *Owner) Begin(t *Transaction) {
	o.count++
	t.begin(o.number, o.count*uint64(o.owners)+uint64(o.number))
	o.running = append(o.running, t)
	for _, p := range t.parts {
		p.space = o.spent.rooms.Take()
	}
	for _, p := range t.away {
		o.say(p.owner, Message{word: execute, part: p})
	}
	if len(t.away) > 0 {
		o.warm(t.home) // while they are at it
	}
	o.decide(t)
	o.Resume()
}

func (o *Owner) say(to int, m Message) {
	m.count = o.count
	o.send(to, m)
}

// Receive takes a message of another owner.
func (o *Owner) Receive(m Message) {
	o.count = max(o.count, m.count)
	switch m.word {
	case execute:
		o.start(m.part, false)
	case vote:
		o.voted(m)
	case commit:
		o.end(m.branch, commits)
	case undo:
		o.end(m.branch, undoes)
	case wound:
		//parley:rule locking.two-phase.deadlock drop
		o.wounded(m.timestamp)
	}
	o.Resume()
}

func (o *Owner) start(p *Part, home bool) {
	if !home || len(p.of.away) == 0 {
		o.warm(p)
	}
	o.advance(o.branch(p, home))
}

func (o *Owner) warm(p *Part) {
	o.keys = o.keys[:0]
	for i := range p.Accesses {
		o.keys = append(o.keys, p.Accesses[i].Key)
	}
	o.store.Warm(o.keys)
}

// end does what was decided about a branch that voted yes (D2). Then those have another
// try whom it may have been in the way of.
func (o *Owner) end(b *branch, s stage) {
	b.stage = s
	o.decided(b.timestamp)
	o.advance(b)
	o.retry()
}
