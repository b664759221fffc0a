package roll

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

// Greeting tells another host's roll who the sender's host is.
type Greeting struct {
	Identity uint64 `wire:"1"` // drawn at random when the disk was empty
	Fresh    bool   `wire:"2"` // the sender is not established
	Mark     uint64 `wire:"3"` // the latest that its disk has
}

// Recognition answers with the identity that the host is known by, and the latest
// mark that it has shown here.
type Recognition struct {
	Identity uint64 `wire:"1"`
	Mark     uint64 `wire:"2"`
}

// Shown tells a mark that is on the sender's disk.
type Shown struct {
	Mark uint64 `wire:"1"`
}

// Entry is a record of the log: what is known of a host, this one included.
type Entry struct {
	Host     string `wire:"1"`
	Identity uint64 `wire:"2"`
	// Established is set from this host's second entry about itself on.
	Established bool   `wire:"3"`
	Mark        uint64 `wire:"4"`
}

var (
	_ = wire.Register[Shown]("roll.Shown")
	_ = wire.Register[Greeting]("roll.Greeting")
	_ = wire.Register[Recognition]("roll.Recognition")
	_ = wire.Register[Entry]("roll.Entry")
)

// patience is how long a greeting waits for its answer, and how long a host that is
// established waits for what others know of it. period is the time between marks.
const (
	patience = 500 * time.Millisecond
	period   = time.Second
)

// LostError says that a host's disk is empty although the host is known.
type LostError struct {
	Host, Witness string
}

func (e *LostError) Error() string {
	return fmt.Sprintf("the data of host %s is gone: host %s remembers it, but its disk is empty. "+
		"With its vote, acknowledged writes could be lost. Bring the directory back, "+
		"or remove the host from the cluster and add one under another name", e.Host, e.Witness)
}

// OlderError says that a host's disk is in a state that it had before it said what
// others heard.
type OlderError struct {
	Host, Witness string
}

func (e *OlderError) Error() string {
	return fmt.Sprintf("the data of host %s is older than what it has said: host %s remembers more than is on its disk. "+
		"With its vote, acknowledged writes could be lost. Bring the newest directory back, "+
		"or remove the host from the cluster and add one under another name", e.Host, e.Witness)
}

// Roll is the service of one host.
type Roll struct {
	// Forgiving lets a host with an older disk start: its replica believes nothing
	// of what it finds there.
	Forgiving bool

	others []node.Addr
	begin  func()

	env         node.Env
	log         node.Log
	known       map[string]Entry // by host, this one included
	identity    uint64
	established bool
	recognised  int // others that know the present identity, and no later mark
	begun       bool
	records     int // in the log, about
	ticks, wait node.Timer
}

// New returns the service of a host whose cluster has these other rolls. begin
// runs on the node's loop as soon as a replica may start; a host whose replica
// may not is halted with a *LostError.
func New(others []node.Addr, begin func()) *Roll {
	return &Roll{others: others, begin: begin}
}

// Start reads the log back and greets everybody.
func (r *Roll) Start(env node.Env) {
	r.env, r.log, r.known = env, env.Log("roll"), map[string]Entry{}
	r.ticks, r.wait = env.Timer(r.onTick), env.Timer(r.start)
	for lsn, record := range r.log.Records(r.log.First()) {
		e := Entry{}
		if err := wire.UnmarshalBody(record, &e); err != nil {
			env.Halt(fmt.Errorf("roll: read record %d: %w", lsn, err))
			return
		}
		r.known[e.Host] = e
		r.records++
	}
	self := env.Self().Host()
	r.established = r.known[self].Established
	if r.known[self].Identity == 0 {
		r.remember(Entry{Host: self, Identity: env.Rand().Uint64() | 1}) // before any greeting (I4)
	}
	r.identity = r.known[self].Identity
	if r.established {
		r.wait.Reset(patience)
	}
	for _, other := range r.others {
		env.Go(func(t node.Task) { r.greet(t, other) })
	}
	r.establish()
}

// Receive answers greetings, and keeps marks.
func (r *Roll) Receive(from node.Addr, m node.Message) {
	host := from.Host()
	switch m := m.(type) {
	case *Greeting:
		known := r.known[host]
		if known.Identity == 0 || known.Identity != m.Identity && !m.Fresh {
			known = Entry{Host: host, Identity: m.Identity, Mark: m.Mark} // I2
			r.remember(known)
		}
		r.env.Send(from, &Recognition{Identity: known.Identity, Mark: known.Mark})
	case *Shown:
		if known := r.known[host]; known.Identity != 0 && m.Mark > known.Mark {
			known.Mark = m.Mark
			r.remember(known)
		}
	}
}

// maxRecords is when the log is written anew.
const maxRecords = 1024

func (r *Roll) remember(e Entry) {
	r.known[e.Host] = e
	r.append(e)
	if r.records++; r.records < maxRecords {
		return
	}
	first := r.log.Next()
	for _, host := range slices.Sorted(maps.Keys(r.known)) {
		r.append(r.known[host])
	}
	r.log.Trim(first)
	r.records = len(r.known)
}

func (r *Roll) append(e Entry) {
	record, err := wire.AppendBody(nil, &e)
	if err != nil {
		panic(fmt.Sprintf("roll: encode %+v: %v", e, err))
	}
	r.log.Append(record)
}

// greet goes on until another host has answered.
func (r *Roll) greet(t node.Task, other node.Addr) {
	self := r.env.Self().Host()
	for {
		mark := r.known[self].Mark
		answer, err := t.Call(other, &Greeting{Identity: r.identity, Fresh: !r.established, Mark: mark}, patience)
		if err != nil {
			continue // Call has waited
		}
		switch known, ok := answer.(*Recognition); {
		case !ok:
			t.Sleep(patience)
		case known.Identity == r.identity && known.Mark > mark && r.Forgiving:
			e := r.known[self]
			e.Mark = known.Mark
			r.remember(e) // and greets again
		case known.Identity == r.identity && known.Mark > mark:
			r.env.Halt(&OlderError{Host: self, Witness: other.Host()}) // I5
			return
		case known.Identity == r.identity:
			r.recognised++
			r.establish()
			return
		case !r.established:
			r.env.Halt(&LostError{Host: self, Witness: other.Host()})
			return
		}
	}
}

// establish keeps I1.
func (r *Roll) establish() {
	majority := (len(r.others)+1)/2 + 1
	if r.recognised+1 < majority {
		return
	}
	if !r.established {
		r.established = true
		e := r.known[r.env.Self().Host()]
		e.Established = true
		r.remember(e)
	}
	r.env.Durable(r.start)
}

// start lets the replica start, once (I3).
func (r *Roll) start() {
	if r.begun {
		return
	}
	r.begun = true
	r.begin()
	r.ticks.Reset(period)
}

// onTick raises the mark, and shows it once it is on disk.
func (r *Roll) onTick() {
	r.ticks.Reset(period)
	e := r.known[r.env.Self().Host()]
	e.Mark++
	r.remember(e)
	for _, other := range r.others {
		r.env.Send(other, &Shown{Mark: e.Mark})
	}
}
