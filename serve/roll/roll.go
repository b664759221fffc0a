package roll

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

// Greeting tells another host's roll who the sender's host is.
type Greeting struct {
	Identity uint64 `wire:"1"` // drawn at random when the disk was empty
	Fresh    bool   `wire:"2"` // the sender is not established
}

// Recognition answers with the identity that the host is known by.
type Recognition struct {
	Identity uint64 `wire:"1"`
}

// Entry is a record of the log: the identity of a host, this one included.
type Entry struct {
	Host     string `wire:"1"`
	Identity uint64 `wire:"2"`
	// Established is set in this host's second entry about itself.
	Established bool `wire:"3"`
}

var (
	_ = wire.Register[Greeting]("roll.Greeting")
	_ = wire.Register[Recognition]("roll.Recognition")
	_ = wire.Register[Entry]("roll.Entry")
)

// patience is how long a greeting waits for its answer.
const patience = 500 * time.Millisecond

// LostError says that a host's disk is empty although the host is known.
type LostError struct {
	Host, Witness string
}

func (e *LostError) Error() string {
	return fmt.Sprintf("the data of host %s is gone: host %s remembers it, but its disk is empty. "+
		"With its vote, acknowledged writes could be lost. Bring the directory back, "+
		"or remove the host from the cluster and add one under another name", e.Host, e.Witness)
}

// Roll is the service of one host.
type Roll struct {
	others []node.Addr
	begin  func()

	env         node.Env
	log         node.Log
	known       map[string]uint64 // by host, this one included
	identity    uint64
	established bool
	recognised  int // others that know the present identity
}

// New returns the service of a host whose cluster has these other rolls. begin
// runs on the node's loop as soon as a replica may start; a host whose replica
// may not is halted with a *LostError.
func New(others []node.Addr, begin func()) *Roll {
	return &Roll{others: others, begin: begin}
}

// Start reads the log back and greets everybody.
func (r *Roll) Start(env node.Env) {
	r.env, r.log, r.known = env, env.Log("roll"), map[string]uint64{}
	for lsn, record := range r.log.Records(r.log.First()) {
		e := new(Entry)
		if err := wire.UnmarshalBody(record, e); err != nil {
			env.Halt(fmt.Errorf("roll: read record %d: %w", lsn, err))
			return
		}
		r.known[e.Host] = e.Identity
		r.established = r.established || e.Established
	}
	self := env.Self().Host()
	if r.known[self] == 0 {
		r.remember(self, env.Rand().Uint64()|1) // before any greeting (I4)
	}
	r.identity = r.known[self]
	if r.established {
		r.begin()
	}
	for _, other := range r.others {
		env.Go(func(t node.Task) { r.greet(t, other) })
	}
	r.establish()
}

// Receive answers greetings.
func (r *Roll) Receive(from node.Addr, m node.Message) {
	g, ok := m.(*Greeting)
	if !ok {
		return
	}
	host := from.Host()
	if known := r.known[host]; known == 0 || known != g.Identity && !g.Fresh {
		r.remember(host, g.Identity) // I2
	}
	r.env.Send(from, &Recognition{Identity: r.known[host]})
}

func (r *Roll) remember(host string, identity uint64) {
	r.known[host] = identity
	r.append(&Entry{Host: host, Identity: identity})
}

func (r *Roll) append(e *Entry) {
	record, err := wire.AppendBody(nil, e)
	if err != nil {
		panic(fmt.Sprintf("roll: encode %+v: %v", e, err))
	}
	r.log.Append(record)
}

// greet goes on until another host has answered.
func (r *Roll) greet(t node.Task, other node.Addr) {
	for {
		answer, err := t.Call(other, &Greeting{Identity: r.identity, Fresh: !r.established}, patience)
		if err != nil {
			continue // Call has waited
		}
		switch known, ok := answer.(*Recognition); {
		case !ok:
			t.Sleep(patience)
		case known.Identity == r.identity:
			r.recognised++
			r.establish()
			return
		case !r.established:
			r.env.Halt(&LostError{Host: r.env.Self().Host(), Witness: other.Host()})
			return
		}
	}
}

// establish keeps I1.
func (r *Roll) establish() {
	majority := (len(r.others)+1)/2 + 1
	if r.established || r.recognised+1 < majority {
		return
	}
	r.established = true
	r.append(&Entry{Host: r.env.Self().Host(), Identity: r.identity, Established: true})
	r.env.Durable(r.begin)
}
